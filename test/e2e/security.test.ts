import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { type ChannelCredentials, credentials, status as Status } from '@grpc/grpc-js';
import { AddNumRequest, AddNumResponse } from '../../generated/numstore.ts';
import { type ClientTlsOptions, openGrpcClient } from '../../transport/index.ts';
import { type Certificate, createCertificateFolder } from '../support/certificates.ts';
import { connectForStatus } from '../support/every-method.ts';
import { root, run, serverProgram } from '../support/process.ts';
import { count } from '../support/scale.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { until } from '../support/until.ts';

const folder = createCertificateFolder();
after(() => folder.remove());
const authority = folder.createAuthority('authority');
const trust: ClientTlsOptions = { ca: authority.cert };
const channel: ChannelCredentials = credentials.createSsl(Buffer.from(authority.cert));
const reloaded = 'credentials reloaded';
const refused = 'credentials not reloaded, the last good ones stay';

/** Files that a server was told to read, which a test replaces as operators do: written aside, and then renamed. */
interface Deployed {
  readonly flags: readonly string[];
  replace(name: 'cert' | 'key' | 'ca' | 'tokens', text: string): void;
}

let folders = 0;

function deploy({ cert, key }: Certificate): Deployed {
  const path = join(folder.path, `deployed-${folders++}`);
  mkdirSync(path);
  const replace: Deployed['replace'] = (name, text) => {
    const file = join(path, name);
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  replace('cert', cert);
  replace('key', key);
  return { flags: ['--tls-cert', join(path, 'cert'), '--tls-key', join(path, 'key')], replace };
}

function linesOf(server: RunningServer, event: string): readonly object[] {
  return server.log.filter((line) => line.event === event);
}

/** Sends SIGHUP, and waits for what the log says of it. */
async function hangUp(server: RunningServer, event: string): Promise<object> {
  const before = linesOf(server, event).length;
  const { pid } = server.process;
  assert.ok(pid !== undefined);
  // Not by the handle of the process, which would then count as told to end.
  process.kill(pid, 'SIGHUP');
  await until(() => linesOf(server, event).length > before, event);
  return linesOf(server, event).at(-1) ?? {};
}

/** The fingerprint of the certificate that a new connection is shown. */
async function shownTo(port: number): Promise<string> {
  const socket = connectTls({ host: '127.0.0.1', port, ca: authority.cert, ALPNProtocols: ['h2'] });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

const fingerprint = ({ cert }: Certificate): string => new X509Certificate(cert).fingerprint256;

const addNum = {
  path: '/NumStoreExtended/AddNum',
  requestStream: false,
  responseStream: false,
  requestSerialize: (request: { key: string; delta: bigint }) => AddNumRequest.encode(request).finish(),
  responseDeserialize: (bytes: Uint8Array) => AddNumResponse.decode(bytes),
} as const;
const addOne = { key: 'k', delta: 1n };
const addOneBytes = addNum.requestSerialize(addOne);

/** Calls that are made without pause. */
interface Load {
  /** Resolves once so many calls more have been answered. */
  answered(calls: number): Promise<void>;
  stop(): Promise<{ calls: number; failures: readonly unknown[] }>;
}

/** On open connections of both clients, and on one of its own for each call. */
function callAllTheTime(server: RunningServer): Load {
  const failures: unknown[] = [];
  let calls = 0;
  let isOver = false;
  const again = async (call: () => Promise<unknown>): Promise<void> => {
    while (!isOver && failures.length === 0) {
      try {
        await call();
        calls++;
      } catch (error) {
        failures.push(error);
      }
    }
  };
  const grpcJs = async (): Promise<void> => {
    const client = connectForStatus(server.address, channel);
    await again(async () => {
      const { code, details } = await client.call(addNum.path, addOneBytes);
      if (code !== Status.OK) throw new Error(`${code} ${details}`);
    });
    client.close();
  };
  const target = { host: '127.0.0.1', port: server.port, tls: trust };
  const native = async (): Promise<void> => {
    await using client = await openGrpcClient(target);
    await again(() => client.unary(addNum, addOne));
  };
  const newcomers = (): Promise<void> =>
    again(async () => {
      await using client = await openGrpcClient(target);
      await client.unary(addNum, addOne);
    });
  const callers = [grpcJs(), grpcJs(), native(), native(), newcomers(), newcomers()];
  return {
    answered(more) {
      const before = calls;
      return until(() => calls >= before + more || failures.length > 0, `${more} calls`);
    },
    async stop() {
      isOver = true;
      await Promise.all(callers);
      return { calls, failures };
    },
  };
}

const rotations = count(5, 50);
const callsPerRotation = 100;

test(`rotation: ${rotations} certificates under load: no call fails, each takes effect once, and who connects sees the new one`, async () => {
  const deployed = deploy(authority.issue('first'));
  const server = await startServer(deployed.flags);
  const load = callAllTheTime(server);
  for (let round = 0; round < rotations; round++) {
    const next = authority.issue(`rotated-${round}`);
    deployed.replace('cert', next.cert);
    deployed.replace('key', next.key);
    await hangUp(server, reloaded);
    assert.equal(await shownTo(server.port), fingerprint(next));
    await load.answered(callsPerRotation);
  }
  const { calls, failures } = await load.stop();
  assert.deepEqual(failures, []);
  await using native = await openGrpcClient({ host: '127.0.0.1', port: server.port, tls: trust });
  const { value } = await native.unary(addNum, { key: 'k', delta: 0n });
  assert.ok(calls >= rotations * callsPerRotation);
  assert.equal(value, BigInt(calls));
  assert.deepEqual([linesOf(server, reloaded).length, linesOf(server, refused).length], [rotations, 0]);
  await native.close();
  assert.equal((await server.stop()).code, 0);
});

test('rotation: files behind an exchanged link, as Kubernetes does it, are noticed without a signal', async () => {
  const mount = join(folder.path, 'mount');
  const old = authority.issue('old');
  const next = authority.issue('next');
  const fill = (name: string, { certFile, keyFile }: Certificate): void => {
    mkdirSync(join(mount, name), { recursive: true });
    copyFileSync(certFile, join(mount, name, 'tls.crt'));
    copyFileSync(keyFile, join(mount, name, 'tls.key'));
  };
  fill('..1', old);
  fill('..2', next);
  symlinkSync('..1', join(mount, '..data'));
  for (const name of ['tls.crt', 'tls.key']) symlinkSync(`..data/${name}`, join(mount, name));
  const server = await startServer([
    '--tls-cert',
    join(mount, 'tls.crt'),
    '--tls-key',
    join(mount, 'tls.key'),
  ]);
  assert.equal(await shownTo(server.port), fingerprint(old));
  symlinkSync('..2', join(mount, '..new'));
  renameSync(join(mount, '..new'), join(mount, '..data'));
  assert.equal((await server.logged(reloaded))['reason'], 'the files have changed');
  assert.equal(await shownTo(server.port), fingerprint(next));
  await server.stop();
});

test('rotation: a pair that does not match, or a file that is gone, is told, and the last good one stays', async () => {
  const first = authority.issue('kept');
  const next = authority.issue('half');
  const deployed = deploy(first);
  const server = await startServer(deployed.flags);
  deployed.replace('cert', next.cert);
  const line = await hangUp(server, refused);
  assert.match(JSON.stringify(line), /"level":"error".*--tls-key .* is not the key of the certificate/);
  assert.equal(await shownTo(server.port), fingerprint(first));
  deployed.replace('key', 'nothing');
  await hangUp(server, refused);
  assert.equal(await shownTo(server.port), fingerprint(first));
  deployed.replace('key', next.key);
  await hangUp(server, reloaded);
  assert.equal(await shownTo(server.port), fingerprint(next));
  assert.equal((await server.stop()).code, 0);
});

test('rotation: a token that is taken out of the file is refused from then on, on open connections, too', async () => {
  const tokens = join(folder.path, 'tokens');
  const [old, next] = ['old-0123456789abcdef', 'next-0123456789abcdef'];
  writeFileSync(tokens, `read-write ${old}\n`);
  const server = await startServer(['--token-file', tokens]);
  const client = connectForStatus(server.address);
  const codeOf = async (token: string): Promise<number> => {
    const metadata = { authorization: `Bearer ${token}` };
    return (await client.call(addNum.path, addOneBytes, metadata)).code;
  };
  assert.deepEqual([await codeOf(old), await codeOf(next)], [Status.OK, Status.UNAUTHENTICATED]);
  writeFileSync(tokens, `read-write ${old}\nread-only ${next}\n`);
  await hangUp(server, reloaded);
  assert.deepEqual([await codeOf(old), await codeOf(next)], [Status.OK, Status.PERMISSION_DENIED]);
  writeFileSync(tokens, `read-write ${next}\n`);
  await hangUp(server, reloaded);
  assert.deepEqual([await codeOf(old), await codeOf(next)], [Status.UNAUTHENTICATED, Status.OK]);
  writeFileSync(tokens, `read-write ${next} secret\n`);
  await hangUp(server, refused);
  assert.equal(await codeOf(next), Status.OK);
  client.close();
  const { stderr } = await server.stop();
  const said = JSON.stringify(server.log) + stderr;
  for (const secret of [old, next, 'secret']) assert.ok(!said.includes(secret), 'the log tells no token');
});

test('settings: whatever is wrong with the files of credentials is in the one error, beside all else, and nothing starts', async () => {
  const [one, other] = [authority.issue('one'), authority.issue('other')];
  const tokens = join(folder.path, 'bad-tokens');
  writeFileSync(tokens, 'read-only short-secret\n');
  const flags = [
    '--port',
    'x',
    '--tls-cert',
    one.certFile,
    '--tls-key',
    other.keyFile,
    '--tls-ca',
    '/nowhere/ca.pem',
  ];
  const output = await run([...serverProgram, ...flags, '--token-file', tokens, '--reflection', 'maybe']);
  assert.deepEqual([output.code, output.stdout], [2, '']);
  for (const part of [
    '--port: Expected an integer',
    `--tls-key ${other.keyFile}: It is not the key of the certificate in ${one.certFile}`,
    '--tls-ca /nowhere/ca.pem: There is no such file',
    `--token-file ${tokens}: Line 1: Expected a token of 16`,
    '--reflection: Expected one of on, off',
  ]) {
    assert.ok(output.stderr.includes(part), `${part} in ${output.stderr}`);
  }
  assert.doesNotMatch(output.stderr, /short-secret/);
  const half = await run([...serverProgram, '--tls-key', one.keyFile, '--tls-ca', authority.file]);
  assert.match(half.stderr, /^--tls-key: Expected the certificate with it, in --tls-cert\n/);
  assert.equal(half.code, 2);
});

test('start: clear text to everybody is warned of once, and so are tokens in clear text; loopback and TLS are not', async () => {
  const tokens = join(folder.path, 'start-tokens');
  writeFileSync(tokens, 'read-only 0123456789abcdef\n');
  const expired = authority.issue('expired', { days: -1 });
  const cases: readonly (readonly [flags: readonly string[], warning: RegExp | undefined])[] = [
    [[], /clear text to everybody/],
    [['--host', '127.0.0.1'], undefined],
    [['--token-file', tokens], /tokens travel in clear text/],
    [['--token-file', tokens, ...deploy(authority.issue('start')).flags], undefined],
    [deploy(expired).flags, /a certificate is not valid now/],
  ];
  for (const [flags, warning] of cases) {
    const server = await startServer(flags);
    assert.deepEqual(await server.stop(), { code: 0, signal: null, stderr: '' });
    const warnings = server.log.filter((line) => line['level'] === 'warn').map(({ event }) => event);
    assert.equal(warnings.length, warning === undefined ? 0 : 1, flags.join(' '));
    if (warning !== undefined) assert.match(warnings[0] ?? '', warning);
  }
});

test('SIGHUP: a server without credentials ends at it, as programs do whose terminal closes', async () => {
  const server = await startServer();
  server.process.kill('SIGHUP');
  assert.equal((await server.stop()).signal, 'SIGHUP');
});

test('docs: the commands of the section on security make certificates and tokens with which the server is called', async () => {
  const text = readFileSync(join(root, 'docs/operations.md'), 'utf8');
  const section = text.slice(text.indexOf('\n## Security\n'));
  const [make = '', start = ''] = [...section.matchAll(/```sh\n([^`]*)```/g)].map(([, block]) => block);
  const cwd = join(folder.path, 'docs');
  mkdirSync(cwd);
  execFileSync('sh', ['-euc', make], { cwd, stdio: 'ignore' });
  const [, words = ''] = /^npx tsx server\/main\.ts (.*)$/m.exec(start) ?? [];
  const flags = words.split(' ').map((word) => (word.startsWith('--') ? word : join(cwd, word)));
  assert.deepEqual(
    flags.filter((word) => word.startsWith('--')),
    ['--tls-cert', '--tls-key', '--tls-ca', '--token-file'],
  );
  const server = await startServer(flags);
  const read = (name: string): Buffer => readFileSync(join(cwd, name));
  const identity = credentials.createSsl(read('ca.pem'), read('client.key'), read('client.pem'));
  const client = connectForStatus(server.address, identity);
  const [, token = ''] = /^read-write (\S+)$/m.exec(read('tokens').toString()) ?? [];
  const metadata = { authorization: `Bearer ${token}` };
  assert.equal((await client.call(addNum.path, addOneBytes, metadata)).code, Status.OK);
  assert.equal((await client.call(addNum.path, addOneBytes)).code, Status.UNAUTHENTICATED);
  client.close();
  const nobody = connectForStatus(server.address, credentials.createSsl(read('ca.pem')));
  assert.equal((await nobody.call(addNum.path, addOneBytes, metadata)).code, Status.UNAVAILABLE);
  nobody.close();
  await server.stop();
});
