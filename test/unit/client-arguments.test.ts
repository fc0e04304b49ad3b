import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from '../../client/arguments.ts';
import { UsageError } from '../../client/usage-error.ts';

const defaults = { kind: 'load', host: '127.0.0.1', threads: 8, requests: 100, keys: 100, timing: false };
const factDefaults = {
  kind: 'fact',
  host: '127.0.0.1',
  port: 5440,
  deadlineMs: 60_000,
  bytes: undefined,
  digitsOnly: false,
};

test("arguments: a port alone is the exercise's run", () => {
  assert.deepEqual(parseArguments(['54321']), { ...defaults, port: 54321, seed: undefined, json: undefined });
});

test('arguments: flags stand before or after the port, with a space or with =; the last of two counts', () => {
  const argv = '--seed=7 --host ::1 5440 --threads 2 --threads 3 --requests=4 --keys 5 --json out.json'.split(
    ' ',
  );
  assert.deepEqual(parseArguments(argv), {
    kind: 'load',
    host: '::1',
    port: 5440,
    threads: 3,
    requests: 4,
    keys: 5,
    seed: 7,
    json: 'out.json',
    timing: false,
  });
});

test('arguments: --timing is there or not', () => {
  assert.deepEqual(parseArguments(['--timing', '1']), {
    ...defaults,
    port: 1,
    seed: undefined,
    json: undefined,
    timing: true,
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
    seed: undefined,
    json: undefined,
  });
});

test('arguments: help wins, whatever else is wrong', () => {
  for (const argv of [['--help'], ['-h'], ['abc', '--foo', '--help']]) {
    assert.deepEqual(parseArguments(argv), { kind: 'help', topic: 'run' });
  }
  assert.deepEqual(parseArguments(['fact', '--help']), { kind: 'help', topic: 'fact' });
});

const bad: readonly (readonly [argv: string, fault: RegExp])[] = [
  ['', /^PORT: expected a whole number from 1 to 65535 or a command \(fact\), got nothing$/],
  ['0', /^PORT: .*got "0"/],
  ['65536', /^PORT: .*got "65536"/],
  ['abc', /^PORT: expected .* or a command \(fact\), got "abc"$/],
  ['abc --threads x', /^PORT: .*got "abc"/],
  ['5440.5', /^PORT:/],
  ['0x10', /^PORT:/],
  ['5440 5441', /^"5441": expected nothing after PORT/],
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
  ['5440 --host', /^--host: expected a host name or an address, or either with :PORT, got ""/],
  ['5440 --host unix:/tmp/x', /^--host:/],
  ['5440 --host --keys', /^--host: .*got "--keys"/],
  ['5440 --host a:0', /^--host: .*got "a:0"/],
  ['5440 --host a:65536', /^--host:/],
  ['5440 --host a:1', /^--host: expected the same port as PORT, 5440, or none, got 1$/],
  ['5440 --timing=no', /^--timing: expected no value, got "no"$/],
  ['5440 --digits-only', /^--digits-only: unknown flag$/],
  ['fact', /^KEY: expected a key after fact, got nothing$/],
  ['fact A B', /^"B": expected nothing after KEY but flags$/],
  ['fact A --threads 2', /^--threads: unknown flag$/],
  ['fact A --port 0', /^--port: expected a whole number from 1 to 65535, got "0"$/],
  ['fact A --host b:1 --port 2', /^--host: expected the same port as --port, 2, or none, got 1$/],
  ['fact A --deadline-ms 0', /^--deadline-ms:/],
  ['fact A --bytes', /^--bytes: expected the name of a file, got ""/],
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
