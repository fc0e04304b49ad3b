import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { type TestContext, test } from 'node:test';
import { openClient } from '../../client/api/client.ts';
import { skipWithout } from '../support/foreign.ts';
import { clientProgram, collect, run, start } from '../support/process.ts';
import { count } from '../support/scale.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { until } from '../support/until.ts';

/** How a run may end other than by its own. */

/** The exercise's run has eight; each costs as much as a client. */
const threads = `${count(2, 8)}`;

/** The exercise's run and the load tester's, on both clients. */
const longRuns: readonly (readonly string[])[] = [
  ['--requests', '1000000'],
  ['--requests', '1000000', '--client', 'grpc-js'],
  ['--duration', '1h', '--rate', '200'],
  ['--duration', '1h', '--verify'],
];

async function serve(t: TestContext): Promise<RunningServer> {
  const server = await startServer();
  t.after(() => server.stop());
  return server;
}

/** Resolves when the run is in full swing. */
async function begun(port: number): Promise<void> {
  await using watcher = await openClient({ port });
  await until(async () => (await watcher.stats()).revision >= 20n, 'the run has written');
}

for (const flags of longRuns) {
  test(`load: SIGINT, sent twice within a second, ends a run of ${flags.join(' ')} with its report, exit code 130`, async (t) => {
    const { port } = await serve(t);
    const child = start([...clientProgram, `${port}`, '--keys', '1', '--threads', threads, ...flags]);
    const [stdout, stderr] = [collect(child, 'stdout'), collect(child, 'stderr')];
    await begun(port);
    child.kill('SIGINT');
    // As under npx, which sends again what the terminal has sent to all.
    setTimeout(() => child.kill('SIGINT'), 50);
    const [code] = await once(child, 'close');
    assert.equal(code, 130, stdout() + stderr());
    assert.match(stdout(), /^p99 response time: +\d+\.\d{3} ms/m);
    assert.match(stdout(), /interrupted$/m);
    assert.match(stderr(), /^numstore client: interrupted; the report is of the calls until then$/m);
    if (flags.includes('--verify')) assert.match(stdout(), /^Verified: 0 violations in /m);
  });
}

test('load: a server that freezes during the run: its calls fail by their deadline, and the run ends', async (t) => {
  const server = await startServer();
  t.after(async () => {
    server.process.kill('SIGCONT');
    server.process.kill('SIGTERM');
    await server.stop();
  });
  const flags = ['--duration', '2s', '--deadline-ms', '500', '--keys', '1'];
  const running = run([...clientProgram, `${server.port}`, ...flags]);
  await begun(server.port);
  server.process.kill('SIGSTOP');
  const { code, stdout } = await running;
  assert.equal(code, 1);
  assert.match(stdout, /^ {2}\d+ x (SetNum|Fact) DEADLINE_EXCEEDED: /m);
});

test('load: what takes connections and speaks no gRPC is no server: one line on stderr, exit code 3', async (t) => {
  const server = createServer((socket) => void socket.on('error', () => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const outputs = await Promise.all(
    [
      ['--threads', threads],
      ['--duration', '1h'],
      ['--rate', '5', '--verify'],
    ].map((flags) => run([...clientProgram, `${address.port}`, ...flags])),
  );
  for (const { code, stdout, stderr } of outputs) {
    assert.deepEqual([code, stdout], [3, '']);
    assert.match(stderr, /^numstore client: no gRPC server answers at 127\.0\.0\.1:\d+ [^\n]*\n$/);
  }
});

test('load: a folder in the place of a file is found out before the run, exit code 2', async () => {
  for (const flag of ['--json', '--csv', '--html']) {
    const { code, stdout, stderr } = await run([...clientProgram, '1', '--rate', '5', flag, tmpdir()]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(
      stderr,
      new RegExp(`^ {2}${flag}: expected a file that can be written, .*it is a folder`, 'm'),
    );
  }
});

test('client: output that cannot be written is one line on stderr, without a stack, and exit code 1', {
  skip: existsSync('/dev/full') ? false : 'needs /dev/full',
}, async () => {
  const { code, stderr } = await run(['sh', '-c', `${clientProgram.join(' ')} --help > /dev/full`]);
  assert.equal(code, 1);
  assert.match(stderr, /^numstore client: the output cannot be written: [^\n]+\n$/);
});

test('load: --csv, --json and --html to a full disk are one line on stderr, and exit code 1', {
  skip: existsSync('/dev/full') ? false : 'needs /dev/full',
}, async (t) => {
  const { port } = await serve(t);
  for (const flag of ['--csv', '--json', '--html']) {
    const { code, stderr } = await run([...clientProgram, `${port}`, '--duration', '0.2', flag, '/dev/full']);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`^numstore client: ${flag}: expected a file that .*ENOSPC[^\\n]+\\n$`));
  }
});

test('load: a terminal shows rate, failures and time left in one line, which is gone before the report', {
  skip: skipWithout('script', existsSync('/usr/bin/script'), 'needs script (Debian: bsdutils)'),
}, async (t) => {
  const { port } = await serve(t);
  const command = [...clientProgram, `${port}`, '--duration', '4s', '--rate', '100'].join(' ');
  const { code, stdout } = await run(['script', '-qec', command, '/dev/null']);
  assert.equal(code, 0, stdout);
  const lines = stdout.split('\r\u001b[K');
  assert.match(lines.join('\n'), /^\d+ calls per second, 0 failed, \d+ s left$/m);
  assert.match(lines.at(-1) ?? '', /^Cache hit rate: /);
});
