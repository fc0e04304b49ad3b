import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from '../../client/arguments.ts';
import { UsageError } from '../../client/usage-error.ts';

const defaults = { kind: 'load', host: '127.0.0.1', threads: 8, requests: 100, keys: 100 };

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
  });
});

test('arguments: help wins, whatever else is wrong', () => {
  for (const argv of [['--help'], ['-h'], ['abc', '--foo', '--help']]) {
    assert.deepEqual(parseArguments(argv), { kind: 'help' });
  }
});

const bad: readonly (readonly [argv: string, fault: RegExp])[] = [
  ['', /^PORT: expected a whole number from 1 to 65535, got nothing$/],
  ['0', /^PORT: .*got "0"/],
  ['65536', /^PORT: .*got "65536"/],
  ['abc', /^PORT: .*got "abc"/],
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
  ['5440 --host', /^--host: expected a host name or an address, got ""/],
  ['5440 --host unix:/tmp/x', /^--host:/],
  ['5440 --host --keys', /^--host: .*got "--keys"/],
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
  assert.equal(faultsOf('abc --foo --threads 0 --keys x --seed y --json').length, 6);
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
