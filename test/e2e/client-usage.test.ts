import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientProgram, type Output, run } from '../support/process.ts';

/** What the client says where it has nobody to talk to, or is asked for what it does not do. */

const runClient = (...args: readonly string[]): Promise<Output> => run([...clientProgram, ...args]);

test('client: where no server is, every command is one line on stderr and exit code 3', async () => {
  // All at once, for each waits five seconds before it gives up.
  const commands = [
    ['1', '--threads=1'],
    ['check', '1'],
    ['get', 'A', '--port', '1'],
    ['fact', 'A', '--port', '1'],
  ];
  const outputs = await Promise.all([
    ...commands.map((words) => runClient(...words)),
    runClient('get', 'A', '--host', '127.0.0.1:1,127.0.0.1:2'),
  ]);
  for (const { code, stdout, stderr } of outputs) {
    assert.deepEqual([code, stdout], [3, '']);
    assert.match(stderr, /^numstore client: no gRPC server answers at 127\.0\.0\.1:1[ ,][^\n]*\n$/);
  }
  assert.match(outputs.at(-1)?.stderr ?? '', /127\.0\.0\.1:1, 127\.0\.0\.1:2 /);
});

test('client: bad arguments are all listed, with exit code 2', async () => {
  const { code, stdout, stderr } = await runClient('0', '--foo', '--threads', '0');
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.equal(stderr.split('\n').length, 5, stderr);
  assert.match(stderr, /--help/);
});

test('client: a word that is neither port nor command is refused with the commands, exit code 2', async () => {
  const { code, stdout, stderr } = await runClient('factt', 'A');
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /a command \(get, .*, compare\), got "factt"/);
});

test('client: a JSON file that cannot be written is found out before the run, with exit code 2', async () => {
  const { code, stdout, stderr } = await runClient('1', '--json', '/nowhere/at/all.json');
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /--json: expected a file that can be written/);
});

test('client: --help explains itself on stdout, with exit code 0', async () => {
  const { code, stdout, stderr } = await runClient('--help');
  assert.equal(code, 0);
  assert.equal(stderr, '');
  for (const flag of [
    'PORT',
    '--host',
    '--threads',
    '--requests',
    '--keys',
    '--seed',
    '--json',
    '--timing',
    'get KEY',
    'set KEY VALUE',
    'add KEY DELTA',
    'delete KEY',
    'list',
    'stats',
    'fact KEY',
    'dns:///',
    '--tls-ca',
    '--token-file',
  ]) {
    assert.ok(stdout.includes(flag), flag);
  }
});
