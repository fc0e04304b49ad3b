import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parseKey } from '../../server/domain/key.ts';
import { createLock } from '../../server/domain/lock.ts';
import { type OpenStoreOptions, openStore } from '../../server/store/open.ts';
import { type CertificateFolder, createCertificateFolder } from '../support/certificates.ts';
import { type RedisServer, skipRedis, startRedis } from '../support/redis.ts';
import { patient } from '../support/store-caller.ts';
import { until } from '../support/until.ts';

const A = parseKey('A');

describe('where Redis speaks TLS,', { skip: skipRedis }, () => {
  let folder: CertificateFolder;
  let authority: ReturnType<CertificateFolder['createAuthority']>;
  let server: RedisServer;
  before(async () => {
    folder = createCertificateFolder();
    authority = folder.createAuthority('authority');
    server = await startTls({ names: 'DNS:localhost,IP:127.0.0.1' });
  });
  after(async () => {
    await server.remove();
    folder.remove();
  });

  let certificates = 0;
  const startTls = (options: { names?: string; days?: number }, asksClients = 'no'): Promise<RedisServer> => {
    certificates += 1;
    const { certFile, keyFile } = authority.issue(`redis-${certificates}`, options);
    return startRedis({
      client: { tls: { rejectUnauthorized: false } },
      settings: {
        'tls-cert-file': certFile,
        'tls-key-file': keyFile,
        'tls-ca-cert-file': authority.file,
        'tls-auth-clients': asksClients,
      },
    });
  };
  const open = (port: number, options: Partial<OpenStoreOptions> = {}, scheme = 'rediss') =>
    openStore(`${scheme}://127.0.0.1:${port}`, { lock: createLock(), ...options });
  const trusting = (more = {}): Partial<OpenStoreOptions> => ({
    credentials: () => ({ ca: authority.cert, ...more }),
  });
  const fails = (opening: Promise<unknown>, message: RegExp): Promise<void> =>
    assert.rejects(opening, { code: 'STORE_UNAVAILABLE', message });

  it('store redis: TLS with an authority of its own serves', async () => {
    const store = await open(server.port, trusting());
    assert.equal((await store.set(A, 1n, patient)).total, 1n);
    await store.close();
  });

  it('store redis: why TLS failed is one sentence, with what to change', async (t) => {
    await fails(open(server.port), /its certificate is signed by no trusted authority.*--store-tls-ca/);
    await fails(open(server.port, {}, 'redis'), /it closed the connection before it answered.*rediss:/);
    const named = trusting();
    await fails(open(server.port, { ...named, serverName: 'other.example' }), /--store-tls-server-name/);
    const expired = await startTls({ days: -1 });
    t.after(() => expired.remove());
    await fails(open(expired.port, trusting()), /its certificate has expired/);
    const plain = await startRedis();
    t.after(() => plain.remove());
    await fails(open(plain.port, trusting()), /a port without TLS does so.*redis:/);
  });

  it('store redis: a Redis that asks for a certificate gets ours, or says that it has none', async (t) => {
    const asking = await startTls({}, 'optional');
    await asking.command('CONFIG', 'SET', 'tls-auth-clients', 'yes');
    t.after(() => asking.remove());
    await fails(open(asking.port, trusting()), /it asks for a certificate.*--store-tls-cert/);
    const other = folder.createAuthority('others').issue('client');
    await fails(
      open(asking.port, trusting({ cert: other.cert, key: other.key })),
      /it refuses the certificate in --store-tls-cert/,
    );
    const { cert, key } = authority.issue('client');
    const store = await open(asking.port, trusting({ cert, key }));
    assert.equal((await store.set(A, 1n, patient)).total, 1n);
    await store.close();
  });

  it('store redis: each connection shows and trusts what the files hold by then', async (t) => {
    const rotated = await startTls({});
    t.after(() => rotated.remove());
    let ca = authority.cert;
    const reasons: unknown[] = [];
    const store = await open(rotated.port, {
      credentials: () => ({ ca }),
      onStatus: (_status, cause) => cause instanceof Error && reasons.push(cause.message),
    });
    ca = folder.createAuthority('next').cert;
    await rotated.kill();
    await rotated.start();
    await until(() => reasons.some((reason) => /--store-tls-ca/.test(String(reason))), 'it is not trusted');
    assert.equal(store.status, 'away');
    ca = authority.cert;
    await until(() => store.status === 'serving', 'it is trusted again');
    assert.equal(reasons.filter((reason) => /--store-tls-ca/.test(String(reason))).length, 1);
    await store.close();
  });
});

describe('where Redis asks for a password,', { skip: skipRedis }, () => {
  const password = 'p#%@/:? ü';
  let server: RedisServer;
  before(async () => {
    server = await startRedis({ client: { password }, settings: { requirepass: password } });
  });
  after(() => server.remove());

  it('store redis: a password of any characters is encoded in the URL, or comes from elsewhere', async () => {
    for (const [userinfo, credentials] of [
      [`:${encodeURIComponent(password)}@`, {}],
      [`default:${encodeURIComponent(password)}@`, {}],
      ['', { password }],
      ['default@', { password }],
    ] as const) {
      const store = await openStore(`redis://${userinfo}127.0.0.1:${server.port}/0`, {
        lock: createLock(),
        credentials: () => credentials,
      });
      assert.equal((await store.set(A, 1n, patient)).total, 1n);
      await store.close();
    }
  });

  it('store redis: a password that Redis refuses is the reason, at the start and later', async () => {
    await assert.rejects(openStore(`redis://:wrong@127.0.0.1:${server.port}`, { lock: createLock() }), {
      message: /WRONGPASS/,
    });
    await assert.rejects(openStore(`redis://127.0.0.1:${server.port}`, { lock: createLock() }), {
      message: /NOAUTH/,
    });
    const reasons: unknown[] = [];
    let shown = password;
    const store = await openStore(`redis://127.0.0.1:${server.port}`, {
      lock: createLock(),
      credentials: () => ({ password: shown }),
      onStatus: (_status, cause) => cause instanceof Error && reasons.push(cause.message),
    });
    shown = 'wrong';
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until(() => reasons.some((reason) => /WRONGPASS/.test(String(reason))), 'the reason is told');
    shown = password;
    await until(() => store.status === 'serving', 'it is back');
    await store.close();
  });
});
