import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { documented } from '../support/documented.ts';
import { healthCheckProgram, root, run, serverProgram } from '../support/process.ts';
import { startServer } from '../support/server.ts';
import { connect } from '../support/wire.ts';

const main = serverProgram;

test('server: --help and --version go to stdout and exit 0', async () => {
  const help = await run([...main, '--help']);
  assert.deepEqual([help.code, help.stderr], [0, '']);
  assert.match(help.stdout, /--port 5440 .*NUMSTORE_PORT/);
  const version = await run([...main, '--version']);
  const parsed: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  assert.ok(typeof parsed === 'object' && parsed !== null && 'version' in parsed);
  assert.deepEqual([version.code, version.stdout], [0, `${String(parsed.version)}\n`]);
});

test('server: bad settings are listed together, nothing starts, and it exits 2', async () => {
  const output = await run([...main, '--port', 'x', '--drain-ms', '-1'], {
    env: { NUMSTORE_LOG_LEVEL: 'loud' },
  });
  assert.deepEqual([output.code, output.stdout], [2, '']);
  for (const part of ['--port', '--drain-ms', 'NUMSTORE_LOG_LEVEL', '--help']) {
    assert.ok(output.stderr.includes(part), part);
  }
});

test('server: a port in use is one clear line, and it exits 1', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const address = holder.address();
  const port = typeof address === 'object' && address !== null ? address.port : assert.fail();
  const output = await run([...main, '--host', '127.0.0.1', '--port', String(port)]);
  holder.close();
  assert.equal(output.code, 1);
  assert.match(output.stderr, new RegExp(`^Port ${port} is in use.*\n$`));
  assert.doesNotMatch(output.stdout, /"event":"listening"/);
});

test('server: an address that this machine does not have is one clear line, and it exits 1', async () => {
  const output = await run([...main, '--host', '192.0.2.1', '--port', '0']);
  assert.equal(output.code, 1);
  assert.match(output.stderr, /^192\.0\.2\.1 is no address of this machine.*\n$/);
});

test('server: the log says how it started, where it listens, and why it stopped, as JSON lines', async () => {
  const server = await startServer(['--queue-limit', '7']);
  assert.deepEqual(await server.stop(), { code: 0, signal: null, stderr: '' });
  const events = server.log.map(({ event }) => event);
  assert.deepEqual(events, [
    'starting',
    'listening in clear text to everybody who reaches this port: see --tls-cert, --tls-ca and --token-file',
    'the memory store is empty after each start',
    'listening',
    'stopping',
    'stopped',
  ]);
  for (const [index, line] of server.log.entries()) {
    assert.equal(line['level'], index === 1 ? 'warn' : 'info');
    assert.ok(!Number.isNaN(Date.parse(String(line['time']))));
  }
  assert.match(JSON.stringify(server.log[0]), /"queueLimit":7/);
  assert.equal(server.log[4]?.['reason'], 'SIGTERM');
});

test('server: IPv4 and IPv6 both reach the default host', async () => {
  const server = await startServer();
  const addresses = [`127.0.0.1:${server.port}`];
  if (server.log.some((line) => line.event === 'listening' && line['host'] === '::')) {
    addresses.push(`[::1]:${server.port}`);
  }
  for (const address of addresses) {
    const wire = connect(address);
    assert.equal(await wire.setNum('k', 2n), 2n);
    wire.close();
  }
  await server.stop();
});

test('server: SIGINT ends it as SIGTERM does', async () => {
  const server = await startServer();
  server.process.kill('SIGINT');
  await server.logged('stopped');
  assert.equal((await server.stop()).code, 0);
});

test('npm start answers as the compiled server does', async () => {
  const server = await startServer([], [...documented('npm start'), '--silent', '--']);
  const wire = connect(server.address);
  await wire.setNum('k', 10n);
  assert.equal((await wire.fact('k')).value, 3_628_800n);
  wire.close();
  await server.stop();
});

test('health check: the program of the container exits 0 if the server serves, and 1 if nothing is there', async () => {
  const server = await startServer();
  const check = (port: number): ReturnType<typeof run> => {
    return run(healthCheckProgram, { env: { NUMSTORE_PORT: String(port) } });
  };
  assert.equal((await check(server.port)).code, 0);
  await server.stop();
  const gone = await check(server.port);
  assert.equal(gone.code, 1);
  assert.notEqual(gone.stderr, '');
});
