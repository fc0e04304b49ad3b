import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../../../client/cli/exit.ts';
import { parseArguments } from '../../../../client/command-line.ts';

const check = (...words: readonly string[]) => parseArguments(['check', ...words]);

test('check: the port may stand first, in --port or in --host; 5440 is meant where it stands nowhere', () => {
  const ports = [['7'], ['--port', '7'], ['--host', 'a:7'], ['7', '--host', 'a:7'], []].map((words) => {
    const command = check(...words);
    return command.kind === 'check' ? command.port : undefined;
  });
  assert.deepEqual(ports, [7, 7, 7, 7, 5440]);
});

test('check: all flags are read', () => {
  const flags = ['--proto', 'p', '--timeout', '9', '--keys', '3', '--clean-up', '--json', '--junit', 'x'];
  assert.deepEqual(
    { ...check('7', ...flags) },
    {
      kind: 'check',
      host: '127.0.0.1',
      security: {},
      port: 7,
      targets: undefined,
      parallel: 1,
      limitSeconds: 180,
      csv: undefined,
      html: undefined,
      proto: 'p',
      timeoutMs: 9,
      keys: 3,
      cleanUp: true,
      json: true,
      junit: 'x',
    },
  );
});

test('check: every fault of the command line is listed', () => {
  assert.throws(
    () => check('0', 'more', '--host', 'a,b', '--timeout', 'x', '--proto', '--threads', '3'),
    (error) => error instanceof UsageError && error.faults.length >= 5,
  );
});
