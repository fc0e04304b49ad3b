import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../../client/cli/exit.ts';
import { parseArguments } from '../../../client/command-line.ts';

const defaults = {
  kind: 'load',
  isExercise: true,
  host: '127.0.0.1',
  security: {},
  threads: 8,
  connections: 8,
  inFlight: 1,
  rate: null,
  warmupMs: 0,
  durationMs: null,
  requests: 100,
  mix: { SetNum: 1, Fact: 1 },
  valueMin: 1,
  valueMax: 15,
  keys: 100,
  distribution: 'uniform',
  seed: undefined,
  deadlineMs: 10_000,
  isTimed: false,
  client: 'light',
  json: undefined,
  csv: undefined,
  html: undefined,
  verify: false,
  isFresh: false,
};
const factDefaults = {
  kind: 'fact',
  json: false,
  host: '127.0.0.1',
  security: {},
  port: 5440,
  deadlineMs: 60_000,
  bytes: undefined,
  digitsOnly: false,
};

test("arguments: a port alone is the exercise's run", () => {
  assert.deepEqual(parseArguments(['54321']), { ...defaults, port: 54321 });
});

test('arguments: flags stand before or after the port, with a space or with =; the last of two counts', () => {
  const argv = '--seed=7 --host ::1 5440 --threads 2 --threads 3 --requests=4 --keys 5 --json out.json'.split(
    ' ',
  );
  assert.deepEqual(parseArguments(argv), {
    ...defaults,
    host: '::1',
    port: 5440,
    threads: 3,
    connections: 3,
    requests: 4,
    keys: 5,
    seed: 7,
    json: 'out.json',
  });
});

test('arguments: --timing is there or not', () => {
  assert.deepEqual(parseArguments(['--timing', '1']), {
    ...defaults,
    port: 1,
    isTimed: true,
  });
});

test('arguments: a word that is no port is a command; flags stand before or after it', () => {
  assert.deepEqual(parseArguments(['fact', 'A']), { ...factDefaults, key: 'A' });
  assert.deepEqual(parseArguments(['--port', '1', 'fact', '5440', '--digits-only', '--deadline-ms=9']), {
    ...factDefaults,
    key: '5440',
    port: 1,
    digitsOnly: true,
    deadlineMs: 9,
  });
  assert.deepEqual(parseArguments(['fact', '--bytes', 'f.bin', '--', '--key']), {
    ...factDefaults,
    key: '--key',
    bytes: 'f.bin',
  });
  assert.deepEqual(parseArguments(['fact', '']), { ...factDefaults, key: '' });
});

const hosts: readonly (readonly [text: string, host: string, port: number])[] = [
  ['example.org', 'example.org', 5440],
  ['example.org:1', 'example.org', 1],
  ['10.0.0.1:65535', '10.0.0.1', 65535],
  ['::1', '::1', 5440],
  ['fe80::1%eth0', 'fe80::1%eth0', 5440],
  ['[::1]', '::1', 5440],
  ['[::1]:7', '::1', 7],
];
for (const [text, host, port] of hosts) {
  test(`arguments: --host ${text} is host ${host}, port ${port}`, () => {
    assert.deepEqual(parseArguments(['fact', 'A', '--host', text]), {
      ...factDefaults,
      key: 'A',
      host,
      port,
    });
  });
}

test('arguments: a port that is said twice is said the same', () => {
  assert.deepEqual(parseArguments(['fact', 'A', '--host', 'b:1', '--port', '1']), {
    ...factDefaults,
    key: 'A',
    host: 'b',
    port: 1,
  });
  assert.deepEqual(parseArguments(['7', '--host', 'b:7']), {
    ...defaults,
    host: 'b',
    port: 7,
  });
});

const lists: readonly (readonly [text: string, port: number])[] = [
  ['a:1,b:2', 5440],
  ['a,[::1]:2,10.0.0.1', 5440],
  ['dns:///a', 5440],
  ['dns:///a:7', 7],
  ['dns:///a:1,b', 5440],
];
for (const [host, port] of lists) {
  test(`arguments: --host ${host} is kept as it is, with port ${port} for those that say none`, () => {
    assert.deepEqual(parseArguments(['fact', 'A', '--host', host]), {
      ...factDefaults,
      key: 'A',
      host,
      port,
    });
  });
}

test('arguments: with several hosts, the port is for those that say none', () => {
  const { host, port } = { host: 'a:1,b', port: 7 };
  assert.deepEqual(parseArguments(['fact', 'A', '--host', host, '--port', '7']), {
    ...factDefaults,
    key: 'A',
    host,
    port,
  });
  assert.deepEqual(parseArguments(['7', '--host', host]), {
    ...defaults,
    host,
    port,
  });
});

const numbersDefaults = { host: '127.0.0.1', security: {}, port: 5440, deadlineMs: 10_000, json: false };

test('arguments: set, add, get and delete take a key, set and add a number besides', () => {
  const { parse, shared } = { parse: parseArguments, shared: numbersDefaults };
  assert.deepEqual(parse(['get', '']), { kind: 'get', key: '', ...shared });
  assert.deepEqual(parse(['delete', 'A']), { kind: 'delete', key: 'A', ...shared });
  assert.deepEqual(parse(['set', 'A', '5']), { kind: 'set', key: 'A', value: 5n, ...shared });
  assert.deepEqual(parse(['add', 'A', '+5']), { kind: 'add', key: 'A', delta: 5n, ...shared });
});

test('arguments: a number below 0 is no flag, wherever it stands; after -- nothing is', () => {
  const least = -(2n ** 63n);
  const expected = { kind: 'set', key: 'A', value: least, ...numbersDefaults };
  assert.deepEqual(parseArguments(['set', 'A', `${least}`]), expected);
  assert.deepEqual(parseArguments(['set', '--', 'A', `${least}`]), expected);
  assert.deepEqual(parseArguments(['set', 'A', `${least}`, '--json', '--port=1']), {
    ...expected,
    json: true,
    port: 1,
  });
  assert.deepEqual(parseArguments(['set', '--json', '-12', '-34']), {
    ...expected,
    key: '-12',
    value: -34n,
    json: true,
  });
  assert.deepEqual(parseArguments(['get', '--', '--json']), {
    kind: 'get',
    key: '--json',
    ...numbersDefaults,
  });
});

test('arguments: list takes its bounds as flags, stats nothing', () => {
  const list = {
    kind: 'list',
    prefix: '',
    startAfter: '',
    limit: 0n,
    ...numbersDefaults,
    deadlineMs: 60_000,
  };
  assert.deepEqual(parseArguments(['list']), list);
  assert.deepEqual(parseArguments('list --prefix -a --start-after=b --limit 3 --json'.split(' ')), {
    ...list,
    prefix: '-a',
    startAfter: 'b',
    limit: 3n,
    json: true,
  });
  assert.deepEqual(parseArguments(['--json', 'stats']), { kind: 'stats', ...numbersDefaults, json: true });
});

test('arguments: help wins, whatever else is wrong', () => {
  for (const argv of [['--help'], ['-h'], ['abc', '--foo', '--help']]) {
    assert.deepEqual(parseArguments(argv), { kind: 'help', topic: 'run' });
  }
  assert.deepEqual(parseArguments(['fact', '--help']), { kind: 'help', topic: 'fact' });
  assert.deepEqual(parseArguments(['delete', '-h']), { kind: 'help', topic: 'delete' });
});

const bad: readonly (readonly [argv: string, fault: RegExp])[] = [
  [
    '',
    /^PORT: expected a whole number from 1 to 65535, HOST:PORT or a command \(get, set, add, delete, list, stats, watch, fact, check, compare\), got nothing$/,
  ],
  ['0', /^PORT: .*got "0"/],
  ['65536', /^PORT: .*got "65536"/],
  [
    'abc',
    /^COMMAND: expected a command \(get, set, add, delete, list, stats, watch, fact, check, compare\), got "abc"$/,
  ],
  ['abc --threads x', /^COMMAND: .*got "abc"/],
  ['5440.5', /^PORT:/],
  ['0x10', /^PORT:/],
  ['5440 5441', /^"5441": expected nothing after TARGET/],
  ['5440 --theads 8', /^--theads: unknown flag/],
  ['5440 -x', /^-x: unknown flag/],
  ['5440 --threads 0', /^--threads: expected a whole number from 1 to 256, got "0"/],
  ['5440 --threads 257', /^--threads:/],
  ['5440 --threads', /^--threads: .*got ""/],
  ['5440 --requests -1', /^--requests: expected a whole number from 1 to 1000000, got "-1"/],
  ['5440 --requests 1e3', /^--requests:/],
  ['5440 --threads 256 --requests 1000000', /^--threads x --requests: expected at most 10000000 in all/],
  ['5440 --keys 0', /^--keys:/],
  ['5440 --seed -1', /^--seed: expected a whole number from 0/],
  ['5440 --seed 9007199254740992', /^--seed:/],
  ['5440 --host', /^--host: expected HOST\[:PORT\],\.\.\. .*, got ""/],
  ['5440 --host unix:/tmp/x', /^--host:/],
  ['5440 --host --keys', /^--host: .*got "--keys"/],
  ['5440 --host a:0', /^--host: .*got "a:0"/],
  ['5440 --host a:65536', /^--host:/],
  ['5440 --host a:1', /^--host: expected the same port as PORT, 5440, or none, got 1$/],
  ['5440 --client grpc', /^--client: expected light or grpc-js, got "grpc"$/],
  ['5440 --timing=no', /^--timing: expected no value, got "no"$/],
  ['5440 --digits-only', /^--digits-only: unknown flag$/],
  ['fact', /^KEY: expected a key after fact, got nothing$/],
  ['fact A B', /^"B": expected nothing after KEY but flags$/],
  ['fact A --threads 2', /^--threads: unknown flag$/],
  ['fact A --port 0', /^--port: expected a whole number from 1 to 65535, got "0"$/],
  ['fact A --host b:1 --port 2', /^--host: expected the same port as --port, 2, or none, got 1$/],
  ['fact A --deadline-ms 0', /^--deadline-ms:/],
  ['fact A --bytes', /^--bytes: expected the name of a file, got ""/],
  ['constructor', /^COMMAND: .*got "constructor"$/],
  ['5440 --host a,,b', /^--host: .*got "a,,b"/],
  ['5440 --host a,b:0', /^--host:/],
  ['5440 --host dns://8.8.8.8/a', /^--host:/],
  ['5440 -1', /^"-1": expected nothing after TARGET/],
  ['5440 --limit 1', /^--limit: unknown flag$/],
  ['get', /^KEY: expected a key after get, got nothing$/],
  ['get A --limit 1', /^--limit: unknown flag$/],
  ['set A', /^VALUE: expected a whole number from -2\^63 to 2\^63-1, got nothing$/],
  ['set A 1.5', /^VALUE: .*got "1\.5"$/],
  ['set A 9223372036854775808', /^VALUE:/],
  ['add A -9223372036854775809', /^DELTA: expected .*got "-9223372036854775809"$/],
  ['set A 1 2', /^"2": expected nothing after VALUE but flags$/],
  ['delete A --json=x', /^--json: expected no value, got "x"$/],
  ['list A', /^PORT: expected a whole number from 1 to 65535 or HOST:PORT, got "A"$/],
  ['stats 1 2', /^"2": expected nothing after TARGET but flags$/],
  ['stats a:1 --host b', /^--host: expected none beside a:1$/],
  ['factt A', /^COMMAND: .* got "factt": did you mean fact\?$/],
  ['help factt', /^COMMAND: .* got "factt": did you mean fact\?$/],
  ['list --limit -1', /^--limit: expected a whole number from 0/],
  ['list --prefix', /^--prefix: expected a text, got nothing$/],
  ['stats --prefix a', /^--prefix: unknown flag$/],
  ['5440 --json', /^--json: expected the name of a file, got ""/],
];

for (const [argv, expected] of bad) {
  test(`arguments: "${argv}" is refused, saying what was expected`, () => {
    const [fault, ...others] = faultsOf(argv);
    assert.match(fault ?? 'none', expected);
    const isUnknownFlag = fault?.includes('unknown flag');
    if (!isUnknownFlag) assert.deepEqual(others, []);
  });
}

test('arguments: one error lists every fault', () => {
  assert.equal(faultsOf('0 --foo --threads 0 --keys x --seed y --json').length, 6);
});

function faultsOf(argv: string): readonly string[] {
  try {
    parseArguments(argv === '' ? [] : argv.split(' '));
  } catch (error) {
    if (error instanceof UsageError) return error.faults;
    throw error;
  }
  return [];
}

test('arguments: HOST:PORT is a target wherever a PORT is one', () => {
  for (const words of ['', 'stats', 'list', 'watch', 'check']) {
    for (const [target, host, port] of [
      ['5441', '127.0.0.1', 5441],
      ['example.org:7', 'example.org', 7],
      ['[::1]:7', '::1', 7],
    ] as const) {
      const command = parseArguments([...words.split(' '), target].filter((word) => word !== ''));
      assert.ok('host' in command);
      assert.deepEqual([command.host, command.port], [host, port], `${words} ${target}`);
    }
  }
});

test('arguments: help and --version are understood', () => {
  assert.deepEqual(parseArguments(['help']), { kind: 'help', topic: 'run' });
  assert.deepEqual(parseArguments(['help', 'fact']), { kind: 'help', topic: 'fact' });
  assert.deepEqual(parseArguments(['--version']), { kind: 'version' });
});
