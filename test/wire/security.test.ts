import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { after, test } from 'node:test';
import { connect as connectTls, type SecureVersion } from 'node:tls';
import { type ChannelCredentials, credentials, status as Status } from '@grpc/grpc-js';
import { SetNumRequest, SetNumResponse } from '../../generated/numstore.ts';
import { parseKey } from '../../server/domain/key.ts';
import { createTokenGuard } from '../../server/security/authorize.ts';
import { parseTokens } from '../../server/security/token-file.ts';
import { siblingModule } from '../../thread/start.ts';
import { type ClientTlsOptions, GrpcError, openGrpcClient } from '../../transport/index.ts';
import { createCertificateFolder } from '../support/certificates.ts';
import { closed } from '../support/closed.ts';
import { connectForStatus, everyMethod, sampleKey } from '../support/every-method.ts';
import { stall } from '../support/fact-exact.ts';
import { patientCaller, type ServedOptions, type ServedStack, serveStack } from '../support/stack.ts';
import { until } from '../support/until.ts';

const folder = createCertificateFolder();
after(() => folder.remove());
const authority = folder.createAuthority('authority');
const stranger = folder.createAuthority('stranger');
const own = authority.issue('server');
const caller = authority.issue('caller');

/** A server of this process, with what a test looks at. */
interface Served extends AsyncDisposable {
  readonly stack: ServedStack;
  readonly port: number;
  readonly address: string;
  /** Why handshakes failed. */
  readonly failures: readonly string[];
}

async function serve(options: ServedOptions): Promise<Served> {
  const failures: string[] = [];
  const stack = await serveStack({ ...options, onHandshakeFailed: ({ reason }) => failures.push(reason) });
  return {
    stack,
    port: stack.server.port,
    address: stack.address,
    failures,
    [Symbol.asyncDispose]: async () => {
      await stack.close();
      assert.deepEqual(stack.internalErrors, []);
    },
  };
}

const setNum = {
  path: '/NumStore/SetNum',
  requestStream: false,
  responseStream: false,
  requestSerialize: (request: { key: string; value: bigint }) => SetNumRequest.encode(request).finish(),
  responseDeserialize: (bytes: Uint8Array) => SetNumResponse.decode(bytes),
} as const;

/** The status of one SetNum, by each client: that of grpc-js and our own. */
async function setNumStatuses(port: number, tls: ClientTlsOptions): Promise<readonly (number | undefined)[]> {
  return [await viaGrpcJs(port, toChannel(tls)), await viaNative(port, tls)];
}

async function viaGrpcJs(port: number, channel: ChannelCredentials): Promise<number> {
  const client = connectForStatus(`127.0.0.1:${port}`, channel);
  const { code } = await client.call(setNum.path, setNum.requestSerialize({ key: 'k', value: 1n }));
  client.close();
  return code;
}

async function viaNative(port: number, tls: ClientTlsOptions): Promise<number | undefined> {
  try {
    await using client = await openGrpcClient({ host: '127.0.0.1', port, tls });
    await client.unary(setNum, { key: 'k', value: 1n });
    return Status.OK;
  } catch (error) {
    return error instanceof GrpcError ? error.code : undefined;
  }
}

function toChannel({ ca, cert, key }: ClientTlsOptions): ChannelCredentials {
  const bytes = (pem: string | Buffer | undefined): Buffer | null =>
    pem === undefined ? null : Buffer.from(pem);
  return credentials.createSsl(bytes(ca), bytes(key), bytes(cert));
}

const served = [Status.OK, Status.OK];
const refused = [Status.UNAVAILABLE, Status.UNAVAILABLE];

test('TLS: a caller that trusts the authority is served', async () => {
  await using server = await serve({ tls: own });
  assert.deepEqual(await setNumStatuses(server.port, { ca: authority.cert }), served);
});

test('TLS: a caller refuses a server of another authority, with another name, or with an expired certificate', async () => {
  const wrong = {
    'another authority': stranger.issue('server'),
    'another name': authority.issue('elsewhere', { names: 'DNS:elsewhere.example' }),
    expired: authority.issue('expired-server', { days: -1 }),
  };
  for (const [what, tls] of Object.entries(wrong)) {
    await using server = await serve({ tls });
    assert.deepEqual(await setNumStatuses(server.port, { ca: authority.cert }), refused, what);
  }
});

test('mTLS: a caller with a certificate of the authority is served; with none, an expired or another one it is not', async () => {
  await using server = await serve({ tls: { ...own, clientCa: authority.cert } });
  const trust = { ca: authority.cert };
  assert.deepEqual(await setNumStatuses(server.port, { ...trust, ...caller }), served);
  const wrong = {
    none: {},
    expired: authority.issue('expired-caller', { days: -1 }),
    'another authority': stranger.issue('caller'),
  };
  for (const [what, identity] of Object.entries(wrong)) {
    assert.deepEqual(await setNumStatuses(server.port, { ...trust, ...identity }), refused, what);
  }
  assert.ok(server.failures.includes('CERT_HAS_EXPIRED'), String(server.failures));
});

/** Resolves once the server has closed a connection on which `bytes` came, with what it said before. */
async function sayPlainly(port: number, bytes: Buffer): Promise<Buffer> {
  const socket = connectPlain({ host: '127.0.0.1', port });
  const heard: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => heard.push(chunk));
  socket.write(bytes);
  await closed(socket);
  return Buffer.concat(heard);
}

test('TLS: a caller in clear text is closed, and so is one with TLS where there is none; neither hangs', async () => {
  await using secure = await serve({ tls: own });
  assert.equal(await viaGrpcJs(secure.port, credentials.createInsecure()), Status.UNAVAILABLE);
  await sayPlainly(secure.port, Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'));
  await sayPlainly(secure.port, Buffer.from('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'));
  assert.deepEqual(await setNumStatuses(secure.port, { ca: authority.cert }), served);

  await using plain = await serve({});
  assert.deepEqual(await setNumStatuses(plain.port, { ca: authority.cert }), refused);
  assert.equal(await viaGrpcJs(plain.port, credentials.createInsecure()), Status.OK);
});

interface Handshake {
  readonly maxVersion?: SecureVersion;
  readonly minVersion?: SecureVersion;
  readonly ciphers?: string;
  readonly ALPNProtocols?: string[];
}

/** Whether the server keeps a connection after such a handshake: `h2` agreed and settings sent. */
function isKept(port: number, handshake: Handshake): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTls({
      host: '127.0.0.1',
      port,
      ca: authority.cert,
      ALPNProtocols: ['h2'],
      ...handshake,
    });
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
    socket.on('error', () => undefined);
    socket.once('data', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('close', () => resolve(false));
  });
}

test('TLS: 1.2 with forward secrecy and AEAD or newer, with h2 agreed: nothing else is kept', async () => {
  await using server = await serve({ tls: own });
  const kept: readonly Handshake[] = [
    {},
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
    { ALPNProtocols: ['http/1.1', 'h2'] },
  ];
  for (const handshake of kept) assert.ok(await isKept(server.port, handshake), JSON.stringify(handshake));
  const refused: readonly Handshake[] = [
    { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' },
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' },
    { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' },
    { ALPNProtocols: ['http/1.1'] },
    { ALPNProtocols: [] },
  ];
  for (const handshake of refused)
    assert.ok(!(await isKept(server.port, handshake)), JSON.stringify(handshake));
});

test('TLS: a call under way is answered before the end', async () => {
  const server = await serve({ tls: own });
  await server.stack.service.setNum(parseKey('n'), 300_000n, patientCaller());
  const client = connectForStatus(server.address, toChannel({ ca: authority.cert }));
  const answer = client.call('/NumStoreExtended/FactExact', Buffer.from('0a016e', 'hex'));
  await until(() => server.stack.pool.stats().running === 1, 'the computation');
  assert.equal(await server.stack.server.close(30_000), true);
  assert.equal((await answer).code, Status.OK);
  client.close();
  await server[Symbol.asyncDispose]();
});

test('TLS: when the end begins, handshakes that are not done are cut off, while calls go on', async () => {
  const server = await serve({
    tls: own,
    workerFile: siblingModule('../support/workers/held', import.meta.url),
  });
  const silent = connectPlain({ host: '127.0.0.1', port: server.port });
  const end = closed(silent.resume());
  await once(silent, 'connect');
  await server.stack.service.setNum(parseKey('n'), 5n, patientCaller());
  const call = stall(server.address, 'n', '600S', authority.cert);
  await until(() => server.stack.inFlight.size === 1, 'the call');
  const ended = server.stack.server.close(600_000);
  await end;
  assert.equal(server.stack.inFlight.size, 1, 'the call goes on');
  call.cancel();
  assert.equal(await ended, true);
  await server[Symbol.asyncDispose]();
});

test('TLS: a reader that takes nothing for too long is cut off, and what it held is free', async () => {
  await using server = await serve({ tls: own, readerStallMs: 300 });
  await server.stack.service.setNum(parseKey('n'), 300_000n, patientCaller());
  const call = stall(server.address, 'n', '600S', authority.cert);
  await until(() => server.stack.cache.size === 1, 'the result');
  const { memory } = server.stack.cache.get(300_000) ?? assert.fail('the result is kept');
  await until(() => memory.holders === 1, 'the reader to be given up');
  const code = await call.resume();
  assert.ok(code === Status.RESOURCE_EXHAUSTED || code === undefined, `cut off, or told: ${code}`);
});

const reader = 'reader-0123456789abcdef';
const writer = 'writer-0123456789abcdef';
const tokens = parseTokens(`read-only ${reader}\nread-write ${writer}\n`);
const guard = createTokenGuard(() => tokens.tokens);

/** What callers may show, and what it lets them do. */
const bearers: readonly (readonly [authorization: string | undefined, may: 'nothing' | 'read' | 'write'])[] =
  [
    [undefined, 'nothing'],
    ['', 'nothing'],
    ['Bearer', 'nothing'],
    ['Bearer unknown-0123456789abcdef', 'nothing'],
    [writer, 'nothing'],
    [`Basic ${writer}`, 'nothing'],
    [`Bearer ${writer.slice(0, -1)}`, 'nothing'],
    [`Bearer ${writer}x`, 'nothing'],
    [`Bearer ${writer} ${writer}`, 'nothing'],
    [`Bearer ${writer}, Bearer ${writer}`, 'nothing'],
    [`Bearer ${reader}`, 'read'],
    [`bearer  ${reader}`, 'read'],
    [`Bearer ${writer}`, 'write'],
  ];

test('tokens: on every method, each credential has its exact status, and what is refused changes nothing', async () => {
  await using server = await serve({ guard });
  const client = connectForStatus(server.address);
  const { service } = server.stack;
  for (const [authorization, may] of bearers) {
    for (const { path, writes, request } of everyMethod) {
      await service.setNum(parseKey(sampleKey), 5n, patientCaller());
      const before = await server.stack.store.stats(patientCaller());
      const metadata = authorization === undefined ? {} : { authorization };
      const { code, details } = await client.call(path, request, metadata);
      const { revision } = await server.stack.store.stats(patientCaller());
      const what = `${path} with ${authorization}: ${details}`;
      const isAllowed = may === 'write' || (may === 'read' && !writes);
      assert.equal(revision > before.revision, isAllowed && writes, what);
      if (isAllowed) assert.equal(code, Status.OK, what);
      else if (may === 'read') assert.equal(code, Status.PERMISSION_DENIED, what);
      else assert.equal(code, Status.UNAUTHENTICATED, what);
      if (code === Status.UNAUTHENTICATED) assert.match(details, /authorization: Bearer TOKEN/);
    }
  }
  client.close();
});

/** A field that is cut short: it is no message of any type. */
const malformed = Buffer.from([0x0a, 0x05, 0x41]);

test('tokens: whoever is refused is told so before anything of the request is read', async () => {
  await using server = await serve({ guard });
  const client = connectForStatus(server.address);
  for (const { path, writes } of everyMethod) {
    const statusWith = async (authorization: string): Promise<number> =>
      (await client.call(path, malformed, { authorization })).code;
    assert.equal(await statusWith('Bearer unknown-0123456789abcdef'), Status.UNAUTHENTICATED, path);
    const asReader = writes ? Status.PERMISSION_DENIED : Status.INVALID_ARGUMENT;
    assert.equal(await statusWith(`Bearer ${reader}`), asReader, path);
    assert.equal(await statusWith(`Bearer ${writer}`), Status.INVALID_ARGUMENT, path);
  }
  client.close();
});

const healthCheck = '/grpc.health.v1.Health/Check';
const reflection = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';

test('tokens: health answers without one, reflection does not', async () => {
  await using server = await serve({ guard });
  const client = connectForStatus(server.address);
  const list = Buffer.from('3a00', 'hex');
  assert.equal((await client.call(healthCheck, Buffer.alloc(0))).code, Status.OK);
  assert.equal((await client.call(reflection, list)).code, Status.UNAUTHENTICATED);
  assert.equal((await client.call(reflection, list, { authorization: `Bearer ${reader}` })).code, Status.OK);
  client.close();
});

test('reflection: where it is off it is not served, and health does not know it', async () => {
  await using server = await serve({ reflection: false });
  const client = connectForStatus(server.address);
  assert.equal((await client.call(reflection, Buffer.from('3a00', 'hex'))).code, Status.UNIMPLEMENTED);
  const name = 'grpc.reflection.v1.ServerReflection';
  const asked = Buffer.concat([Buffer.from([0x0a, name.length]), Buffer.from(name)]);
  assert.equal((await client.call(healthCheck, asked)).code, Status.NOT_FOUND);
  assert.equal((await client.call(healthCheck, Buffer.alloc(0))).code, Status.OK);
  client.close();
});
