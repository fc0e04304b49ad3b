import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { type TransportName, transportNames } from '../../server/transports/transport.ts';
import { createCertificateFolder } from '../support/certificates.ts';
import { clientProgram, healthCheckProgram, type Output, run } from '../support/process.ts';
import { count, isLong } from '../support/scale.ts';
import { type RunningServer, startServer } from '../support/server.ts';

/** The programs as they ship, over TLS and with tokens: the commands of the client, and the health check. */

const folder = createCertificateFolder();
after(() => folder.remove());
const authority = folder.createAuthority('authority');
const stranger = folder.createAuthority('stranger');
const own = authority.issue('server');
const caller = authority.issue('caller');

function write(name: string, text: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
}

const writer = 'writers-token-0123456789';
const reader = 'readers-token-0123456789';
const serverTokens = write('tokens', `read-write ${writer}\nread-only ${reader}\n`);
const writerFile = write('writer', `${writer}\n`);
const readerFile = write('reader', `read-only ${reader}\n`);
const wrongFile = write('wrong', 'nobodys-token-0123456789\n');

const serverFlags = ['--tls-cert', own.certFile, '--tls-key', own.keyFile];
const mutualFlags = [...serverFlags, '--tls-ca', authority.file];
const trust = ['--tls-ca', authority.file];
const identity = ['--tls-cert', caller.certFile, '--tls-key', caller.keyFile];
const asWriter = ['--token-file', writerFile];

/** A thread costs as much as a client. */
const threads = count(1, 8);

const runClient = (...args: readonly string[]): Promise<Output> => run([...clientProgram, ...args]);

async function serve(t: TestContext, flags: readonly string[]): Promise<RunningServer> {
  const server = await startServer(flags);
  t.after(() => server.stop());
  return server;
}

/** TLS ends before a transport gets its connection, so the short suite tries one. */
const transports: readonly TransportName[] = isLong ? transportNames : ['grpc-js'];

for (const transport of transports) {
  test(`${transport}: every command of the client works over mutual TLS with a token, and keeps it to itself`, async (t) => {
    const { port } = await serve(t, ['--transport', transport, ...mutualFlags, '--token-file', serverTokens]);
    const flags = [...trust, ...identity, ...asWriter];
    const json = join(folder.path, `${transport}.json`);
    const html = join(folder.path, `${transport}.html`);
    const load = [
      '--threads',
      `${count(1, 2)}`,
      '--requests',
      '20',
      '--keys',
      '5',
      '--verify',
      '--json',
      json,
    ];
    const at = [`--port=${port}`];
    const commands: readonly (readonly string[])[] = [
      ['set', 'A', '4', ...at],
      ['add', 'A', '1', ...at],
      ['get', 'A', ...at],
      ['fact', 'A', ...at],
      ['list', ...at],
      ['delete', 'A', ...at],
      ['stats', ...at],
      ['watch', '--count', '1', ...at],
      ['check', `--keys=${count(10, 100)}`, ...at],
      [`${port}`, ...load],
      [`${port}`, ...load, '--connections', '2', '--html', html],
    ];
    // one after the other: some of them judge what they find
    for (const words of commands) {
      const { code, stdout, stderr } = await runClient(...words, ...flags);
      assert.deepEqual([code, stderr], [0, ''], `${words.join(' ')}: ${stdout}`);
      const kept = words.includes(json) ? readFileSync(json, 'utf8') : '';
      assert.doesNotMatch(stdout + kept, new RegExp(`${writer}|BEGIN|PRIVATE`), words.join(' '));
    }
    assert.doesNotMatch(readFileSync(html, 'utf8'), new RegExp(`${writer}|PRIVATE KEY`));
  });
}

test('client: a connection that TLS refuses is one line that says why, and exit code 3', async (t) => {
  const expired = authority.issue('expired', { days: -1 });
  const mutual = await serve(t, mutualFlags);
  const late = await serve(t, ['--tls-cert', expired.certFile, '--tls-key', expired.keyFile]);
  const clear = await serve(t, []);
  const alien = stranger.issue('caller');
  const other = ['--tls-cert', alien.certFile, '--tls-key', alien.keyFile];
  const name = ['--tls-server-name', 'numstore.example'];
  const refused: readonly (readonly [number, readonly string[], RegExp])[] = [
    [mutual.port, ['--tls-ca', stranger.file, ...identity], /nobody who is trusted here: .*--tls-ca/],
    [mutual.port, ['--tls', ...identity], /nobody who is trusted here/],
    [mutual.port, [...trust, ...identity, ...name], /is for DNS:localhost.*, not for numstore\.example/],
    [mutual.port, trust, /it asks for a certificate: .*--tls-cert and --tls-key/],
    [mutual.port, [...trust, ...other], /perhaps it does not accept our certificate/],
    [mutual.port, [], /no gRPC server answers .* in clear text, but one does over TLS: .*--tls/],
    [late.port, trust, /its certificate has expired/],
    [clear.port, trust, /it does not speak TLS/],
  ];
  const check = async (words: readonly string[], reason: RegExp): Promise<void> => {
    const { code, stdout, stderr } = await runClient(...words);
    assert.deepEqual([code, stdout], [3, ''], `${words.join(' ')}: ${stderr}`);
    assert.match(stderr, /^numstore client: no [^\n]*127\.0\.0\.1:\d+[^\n]*\n$/);
    assert.match(stderr, reason, words.join(' '));
  };
  await Promise.all(
    refused.map(([port, flags, reason]) => check(['get', 'A', `--port=${port}`, ...flags], reason)),
  );
  // the ways to connect are three: the typed client's, that of the checks, and the load tester's
  const { port } = late;
  const run3 = [
    [`${port}`, `--threads=${threads}`],
    [`${port}`, '--duration=1'],
    ['check', `${port}`],
  ];
  await Promise.all(run3.map((words) => check([...words, ...trust], /its certificate has expired/)));
});

test('client: a missing, a wrong and a weak token are told from each other, and exit code 1', async (t) => {
  const { port } = await serve(t, ['--token-file', serverTokens]);
  const at = `--port=${port}`;
  const unauthenticated = /^numstore client: [^\n]* \(UNAUTHENTICATED\): [^\n]*--token-file\n$/;
  const denied = /^numstore client: [^\n]* \(PERMISSION_DENIED\): [^\n]*--token-file\n$/;
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [['get', 'A', at], unauthenticated],
    [['fact', 'A', at], unauthenticated],
    [['get', 'A', at, '--token-file', wrongFile], unauthenticated],
    [['set', 'A', '1', at, '--token-file', readerFile], denied],
    [[`${port}`, `--threads=${threads}`, '--verify', '--token-file', wrongFile], unauthenticated],
    [['watch', '--count=1', at], /^numstore client: no figures: .* \(UNAUTHENTICATED\): .*--token-file\n$/],
  ];
  const check = async (words: readonly string[], reason: RegExp): Promise<Output> => {
    const output = await runClient(...words);
    assert.equal(output.code, 1, words.join(' '));
    assert.match(output.stderr, reason);
    return output;
  };
  await Promise.all(
    refused.map(async ([words, reason]) => assert.equal((await check(words, reason)).stdout, '')),
  );
  const failed = /^numstore client: 2 failed RPCs, 0 wrong answers: [^\n]*--token-file\n$/;
  await check([`${port}`, '--threads=1', '--requests=2'], failed);
  await check([`${port}`, '--requests=2', '--connections=1', '--deadline-ms=5000'], failed);
  assert.match((await check(['check', `${port}`], /^$/)).stdout, /FAIL[\s\S]*--token-file/);
  const { code, stderr } = await runClient('get', 'A', at, '--token-file', readerFile);
  assert.deepEqual([code, stderr], [1, 'numstore client: there is no key "A"\n']);
});

test('health check: it asks over TLS, whatever the certificate says, and without a token', async (t) => {
  const check = (port: number, env: Readonly<Record<string, string>>): Promise<Output> =>
    run(healthCheckProgram, { env: { NUMSTORE_PORT: `${port}`, ...env } });
  const away = authority.issue('away', { names: 'DNS:elsewhere.example', days: -1 });
  const pair = { NUMSTORE_TLS_CERT: away.certFile, NUMSTORE_TLS_KEY: away.keyFile };
  const flags = ['--tls-cert', away.certFile, '--tls-key', away.keyFile, '--token-file', serverTokens];
  const tls = await serve(t, flags);
  const { code, stderr } = await check(tls.port, pair);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal((await check(tls.port, {})).code, 1, 'in clear text nobody answers');

  const mutual = await serve(t, mutualFlags);
  const settings = { NUMSTORE_TLS_CERT: own.certFile, NUMSTORE_TLS_KEY: own.keyFile };
  assert.equal((await check(mutual.port, { ...settings, NUMSTORE_TLS_CA: authority.file })).code, 0);

  const strict = await serve(t, [...serverFlags, '--tls-ca', stranger.file]);
  const strangers = { ...settings, NUMSTORE_TLS_CA: stranger.file };
  assert.equal((await check(strict.port, strangers)).code, 1, "the server's own certificate will not do");
  const probe = stranger.issue('probe');
  const asProbe = { NUMSTORE_HEALTH_TLS_CERT: probe.certFile, NUMSTORE_HEALTH_TLS_KEY: probe.keyFile };
  assert.equal((await check(strict.port, { ...strangers, ...asProbe })).code, 0);
  const broken = await check(strict.port, {
    ...strangers,
    ...asProbe,
    NUMSTORE_HEALTH_TLS_KEY: '/nowhere',
  });
  assert.equal(broken.code, 1);
  assert.match(broken.stderr, /^ENOENT[^\n]*\/nowhere'\n$/);
});
