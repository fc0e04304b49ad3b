import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect } from 'node:tls';
import { GrpcError, openGrpcClient, Status } from '../../transport/index.ts';
import { Echo, openEcho } from './support/echo.ts';

const folder = mkdtempSync(join(tmpdir(), 'transport-tls-'));
after(() => rmSync(folder, { recursive: true }));

const openssl = (...args: string[]): void => {
  execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
};
const pem = (name: string): string => readFileSync(join(folder, name), 'utf8');

/** A certificate for localhost that signs itself. */
function makeCertificate(name: string): { cert: string; key: string } {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  openssl(
    'req',
    '-x509',
    ...curve,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.pem`,
    '-days',
    '2',
    ...subject,
  );
  return { cert: pem(`${name}.pem`), key: pem(`${name}.key`) };
}

const server = makeCertificate('server');
const friend = makeCertificate('friend');
const stranger = makeCertificate('stranger');

const isUnavailable = (error: unknown): boolean =>
  error instanceof GrpcError && error.code === Status.UNAVAILABLE;

test('rfc 9113 3.2: calls over TLS', async () => {
  await using listener = await openEcho(undefined, { tls: server });
  await using client = await openGrpcClient({
    host: '127.0.0.1',
    port: listener.port,
    tls: { ca: server.cert },
  });
  const large = Buffer.alloc(300_000, 'x');
  assert.ok((await client.unary(Echo.unary, large)).equals(large));
});

test('a client does not talk to a server that it has no reason to trust', async () => {
  await using listener = await openEcho(undefined, { tls: server });
  await assert.rejects(openGrpcClient({ host: '127.0.0.1', port: listener.port, tls: {} }), isUnavailable);
});

test('rfc 9113 3.2: a client that does not offer h2 is turned away', async () => {
  await using listener = await openEcho(undefined, { tls: server });
  const options = { host: '127.0.0.1', port: listener.port, ca: server.cert, ALPNProtocols: ['http/1.1'] };
  const code = await new Promise((resolve) => {
    const socket = connect(options);
    socket.on('error', () => resolve('refused'));
    socket.on('close', () => resolve('closed'));
  });
  assert.ok(code === 'refused' || code === 'closed');
  assert.equal(listener.counts().connections, 0);
});

test('mTLS: who shows the right certificate is served, who shows another or none is not', async () => {
  await using listener = await openEcho(undefined, { tls: { ...server, clientCa: friend.cert } });
  const base = { host: '127.0.0.1', port: listener.port };
  await using client = await openGrpcClient({ ...base, tls: { ca: server.cert, ...friend } });
  assert.equal((await client.unary(Echo.unary, Buffer.from('hi'))).toString(), 'hi');
  for (const identity of [stranger, {}]) {
    // With TLS 1.3 the server's refusal comes after the client believes to be connected.
    const call = async (): Promise<Buffer> => {
      await using other = await openGrpcClient({ ...base, tls: { ca: server.cert, ...identity } });
      return await other.unary(Echo.unary, Buffer.from('hi'));
    };
    await assert.rejects(call(), isUnavailable);
  }
});

test('a connection that never begins its handshake does not hold up the end', async () => {
  const listener = await openEcho(undefined, { tls: server });
  const socket = connectPlain({ host: '127.0.0.1', port: listener.port });
  await once(socket, 'connect');
  socket.on('error', () => {});
  socket.resume();
  const closed = once(socket, 'close');
  await listener.close();
  await closed;
});
