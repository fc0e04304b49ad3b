import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectPlain, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect } from 'node:tls';
import {
  createTlsTerminator,
  GrpcError,
  openGrpcClient,
  Status,
  type TerminatorOptions,
} from '../../transport/index.ts';
import { closed } from '../support/closed.ts';
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

test('tls: a client refuses a server that it does not trust', async () => {
  await using listener = await openEcho(undefined, { tls: server });
  await assert.rejects(openGrpcClient({ host: '127.0.0.1', port: listener.port, tls: {} }), isUnavailable);
});

test('rfc 9113 3.2: a client that does not offer h2 is refused', async () => {
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

test('mTLS: a client with the right certificate is served, one with another or none is not', async () => {
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

test('tls: a connection that never begins its handshake does not delay the close', async () => {
  const listener = await openEcho(undefined, { tls: server });
  const socket = connectPlain({ host: '127.0.0.1', port: listener.port });
  await once(socket, 'connect');
  const end = closed(socket.resume());
  await listener.close();
  await end;
});

/** A listener whose connections get TLS, and are then closed from our side. */
async function terminate(options: Partial<TerminatorOptions>): Promise<{ server: Server; port: number }> {
  const tls = createTlsTerminator(server, { onSecure: (socket) => socket.end('h2'), ...options });
  const listener = createServer((socket) => tls.accept(socket)).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new TypeError('Expected a TCP address');
  return { server: listener, port: address.port };
}

test('tls: a handshake that takes too long is closed and reported', async () => {
  const reasons: string[] = [];
  const { server, port } = await terminate({
    handshakeMs: 20,
    onFailure: ({ reason, peer }) => reasons.push(`${peer?.split(':')[0]} ${reason}`),
  });
  const silent = connectPlain({ host: '127.0.0.1', port });
  await closed(silent.resume());
  assert.deepEqual(reasons, ['127.0.0.1 ERR_TLS_HANDSHAKE_TIMEOUT']);
  server.close();
  await once(server, 'close');
});

test('tls: of too many handshakes the oldest is closed, so silent peers keep no client out', async () => {
  const { server: listener, port } = await terminate({ handshakesMax: 3 });
  const silent = [];
  for (let count = 0; count < 3; count++) {
    const socket = connectPlain({ host: '127.0.0.1', port });
    const end = closed(socket.resume());
    await Promise.all([once(socket, 'connect'), once(listener, 'connection')]);
    silent.push({ socket, end });
  }
  const [first, ...others] = silent;
  assert.ok(first);
  const client = connect({ host: '127.0.0.1', port, ca: server.cert, ALPNProtocols: ['h2'] });
  const [said] = await once(client, 'data');
  assert.equal(String(said), 'h2');
  await first.end;
  for (const { socket } of others) {
    assert.ok(!socket.closed, 'the others wait on');
    socket.destroy();
  }
  client.destroy();
  listener.close();
  await once(listener, 'close');
});

test('tls: a new certificate is for new connections, open ones stay; a wrong pair changes nothing', async () => {
  const listener = createServer((socket) => tls.accept(socket)).listen(0, '127.0.0.1');
  const tls = createTlsTerminator(server, { onSecure: (socket) => socket.pipe(socket) });
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new TypeError('Expected a TCP address');
  const { port } = address;
  const dial = async (ca: string): Promise<ReturnType<typeof connect>> => {
    const socket = connect({ host: '127.0.0.1', port, ca, ALPNProtocols: ['h2'] });
    await once(socket, 'secureConnect');
    return socket;
  };
  const echo = async (socket: ReturnType<typeof connect>): Promise<string> => {
    socket.write('still here');
    return String((await once(socket, 'data'))[0]);
  };
  const before = await dial(server.cert);
  assert.throws(() => tls.replace({ cert: friend.cert, key: stranger.key }));
  const between = await dial(server.cert);
  tls.replace(friend);
  const after = await dial(friend.cert);
  for (const socket of [before, between, after]) {
    assert.equal(await echo(socket), 'still here');
    socket.destroy();
  }
  listener.close();
  await once(listener, 'close');
});

test('mTLS: a client of a replaced authority cannot resume its TLS session', async () => {
  const mutual = { ...server, clientCa: friend.cert };
  const tls = createTlsTerminator(mutual, { onSecure: (socket) => socket.write('welcome') });
  const listener = createServer((socket) => tls.accept(socket)).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new TypeError('Expected a TCP address');
  const { port } = address;
  /** Whether the server is heard, the session that it gives, and whether an older one was taken. */
  const dial = (
    session?: Buffer,
  ): Promise<{ heard: boolean; reused: boolean; session: Buffer | undefined }> =>
    new Promise((resolve) => {
      const identity = { ca: server.cert, ...friend, ...(session === undefined ? {} : { session }) };
      const socket = connect({ host: '127.0.0.1', port, ALPNProtocols: ['h2'], ...identity });
      let given: Buffer | undefined;
      let heard = false;
      let reused = false;
      socket.on('error', () => {});
      socket.on('session', (next: Buffer) => {
        given = next;
      });
      socket.once('secureConnect', () => {
        reused = socket.isSessionReused();
      });
      socket.once('data', () => {
        heard = true;
        socket.destroy();
      });
      socket.once('close', () => resolve({ heard, reused, session: given }));
    });
  const first = await dial();
  assert.ok(first.heard && first.session !== undefined);
  const again = await dial(first.session);
  assert.ok(again.heard && again.reused, 'as long as the authority is the same, it may');
  tls.replace({ ...server, clientCa: stranger.cert });
  assert.equal((await dial(again.session)).heard, false);
  listener.close();
  await once(listener, 'close');
});
