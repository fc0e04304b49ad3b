import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { isLoopback } from '../../../../client/api/address.ts';
import { NumStoreClientError, openClient, type TlsOptions } from '../../../../client/api/client.ts';
import { bearer, parseTokenFile } from '../../../../client/api/security/token.ts';
import { UsageError } from '../../../../client/cli/exit.ts';
import { warnOfClearText } from '../../../../client/cli/server-flags.ts';
import { parseArguments } from '../../../../client/command-line.ts';
import { openLightLinks } from '../../../../client/load/run/light-link.ts';
import type { Link } from '../../../../client/load/run/link.ts';
import { createTokenGuard } from '../../../../server/security/authorize.ts';
import { parseTokens, type Token } from '../../../../server/security/token-file.ts';
import { createCertificateFolder } from '../../../support/certificates.ts';
import { type ServedOptions, serveStack } from '../../../support/stack.ts';
import { rejectsWith } from '../../../support/stub.ts';
import { until } from '../../../support/until.ts';

const folder = createCertificateFolder();
after(() => folder.remove());
const authority = folder.createAuthority('authority');
const own = authority.issue('server');
const caller = authority.issue('caller');

function write(name: string, text: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
}

const token = 'a-token-of-24-characters';
const tokenFile = write('token', `# whose it is\n\n${token}\n`);

/** One of each kind of command that talks to a server. */
const commands = [
  ['5440'],
  ['5440', '--duration', '1'],
  ...['get A', 'set A 1', 'add A 1', 'delete A', 'list', 'stats', 'watch', 'fact A', 'check'].map((words) =>
    words.split(' '),
  ),
];

test('security: every command that talks to a server takes the same flags, and reads the files they name', () => {
  const flags = ['--tls-ca', authority.file, '--tls-cert', caller.certFile, '--tls-key', caller.keyFile];
  for (const words of commands) {
    const command = parseArguments([...words, ...flags, '--tls-server-name=n', '--token-file', tokenFile]);
    assert.ok('security' in command);
    const tls = { ca: authority.cert, cert: caller.cert, key: caller.key, serverName: 'n' };
    assert.deepEqual(command.security, { tls, token }, words.join(' '));
  }
});

test('security: --tls alone trusts whom Node trusts; a name beside it is no other flag of TLS', () => {
  const securityOf = (...flags: readonly string[]): unknown => {
    const command = parseArguments(['get', 'A', ...flags]);
    return 'security' in command ? command.security : undefined;
  };
  assert.deepEqual(securityOf(), {});
  assert.deepEqual(securityOf('--tls'), { tls: {} });
  assert.deepEqual(securityOf('--tls', '--tls-server-name', 'n'), { tls: { serverName: 'n' } });
  const { cert, key } = caller;
  assert.deepEqual(securityOf('--tls-cert', caller.certFile, '--tls-key', caller.keyFile), {
    tls: { cert, key },
  });
});

const noPem = write('no.pem', '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n');
const noToken = write('no-token', '# nothing\nsecret but not sendable\n');
const directory = join(folder.path, 'directory');
mkdirSync(directory);

const bad: readonly (readonly [flags: readonly string[], fault: RegExp])[] = [
  [['--tls-ca', '/nowhere.pem'], /^--tls-ca: expected a file that can be read, got "\/nowhere.pem" \(ENOENT/],
  [['--tls-ca', directory], /^--tls-ca: expected a file that can be read, .*EISDIR/],
  [['--tls-ca', noPem], /^--tls-ca: expected certificates in PEM, got ".*no.pem"$/],
  [['--tls-ca', own.keyFile], /^--tls-ca: expected certificates in PEM/],
  [['--tls-ca'], /^--tls-ca: expected the name of a file, got ""$/],
  [['--tls-cert', own.certFile], /^--tls-cert, --tls-key: expected both or neither$/],
  [['--tls-key', own.keyFile], /^--tls-cert, --tls-key: expected both or neither$/],
  [
    ['--tls-cert', own.certFile, '--tls-key', own.certFile],
    /^--tls-key: expected a private key in PEM, without a passphrase, got ".*server.pem"$/,
  ],
  [
    ['--tls-cert', own.certFile, '--tls-key', caller.keyFile],
    /^--tls-key: expected the certificate's own key, got another's$/,
  ],
  [['--tls-server-name', 'n'], /^--tls-server-name: expected --tls or --tls-ca beside it$/],
  [['--tls=yes'], /^--tls: expected no value, got "yes"$/],
  [['--token-file', '/nowhere'], /^--token-file: expected a file that can be read/],
  [['--token-file', noToken], /^--token-file: expected a line with a token of visible ASCII .*, got none$/],
];
for (const [flags, expected] of bad) {
  const shown = flags.map((flag) => flag.replace(folder.path, '')).join(' ');
  test(`security: ${shown} is refused, saying what was expected`, () => {
    assert.throws(
      () => parseArguments(['get', 'A', ...flags]),
      (error) => {
        assert.ok(error instanceof UsageError);
        assert.equal(error.faults.length, 1, error.message);
        assert.match(error.faults[0] ?? '', expected);
        assert.doesNotMatch(error.message, /sendable/, 'what may be a token is not shown');
        return true;
      },
    );
  });
}

test("security: a file of one token may be a line of the server's, whatever its right", () => {
  for (const text of [
    token,
    ` ${token}\r\n`,
    `read-only ${token}`,
    `#\n\nread-write\t${token}\nread-only other\n`,
  ]) {
    assert.equal(parseTokenFile(text), token, JSON.stringify(text));
  }
  for (const text of ['', '# a\n', 'two words', 'tökèn', 'read-only ']) {
    assert.equal(parseTokenFile(text), undefined, JSON.stringify(text));
  }
});

test('security: only what stays on this machine is loopback', () => {
  const stays = ['127.0.0.1', '127.9.9.9', '::1', 'localhost', 'LOCALHOST'];
  const leaves = ['10.0.0.1', '127.example.org', 'localhost.example.org', '::', '0.0.0.0', 'fe80::1'];
  assert.deepEqual([...stays, ...leaves].filter(isLoopback), stays);
});

test('security: a token that leaves this machine in clear text is warned of, and no other', () => {
  const warningOf = (...words: readonly string[]): string => {
    const command = parseArguments(['get', 'A', ...words]);
    const lines: string[] = [];
    const stderr = { write: (line: string) => lines.push(line) };
    if ('security' in command) warnOfClearText(command, { stdout: process.stdout, stderr });
    return lines.join('');
  };
  const asSomebody = ['--token-file', tokenFile];
  assert.equal(
    warningOf('--host', '127.0.0.1,b:1', ...asSomebody),
    'numstore client: the token goes to b:1 in clear text: --tls or --tls-ca hides it\n',
  );
  assert.equal(warningOf('--host', 'localhost,::1', ...asSomebody), '');
  assert.equal(warningOf('--host', 'b', '--tls', ...asSomebody), '');
  assert.equal(warningOf('--host', 'b'), '');
});

async function serve(t: TestContext, options: ServedOptions): Promise<number> {
  const { server, close } = await serveStack(options);
  t.after(close);
  return server.port;
}

const guarded = (...known: readonly Token[]) => ({ guard: createTokenGuard(() => known), tls: own });
const tokensOf = (...lines: readonly string[]) => parseTokens(lines.join('\n')).tokens;

test('library: the token of a function is asked for with each call', async (t) => {
  const first = 'first-token-0123456789';
  const second = 'second-token-0123456789';
  const tls = { ca: authority.cert };
  const known = [...tokensOf(`read-write ${first}`)];
  const port = await serve(t, { guard: createTokenGuard(() => known), tls: own });
  let current = first;
  await using client = await openClient({ port, tls, token: () => current });
  assert.equal(await client.setNum('A', 1n), 1n);
  known.splice(0, 1, ...tokensOf(`read-write ${second}`));
  const isUnauthenticated = (error: unknown): boolean =>
    error instanceof NumStoreClientError && error.code === 'UNAUTHENTICATED';
  await assert.rejects(client.setNum('A', 2n), isUnauthenticated);
  await assert.rejects(client.factExact('A'), isUnauthenticated);
  current = second;
  assert.equal(await client.setNum('A', 2n), 2n);
  assert.equal((await client.factExact('A')).value, 2n);
});

test('library: a token that may only read is told so when it writes', async (t) => {
  const port = await serve(t, guarded(...tokensOf(`read-only ${token}`)));
  await using client = await openClient({ port, tls: { ca: authority.cert }, token });
  assert.equal(await client.getNum('A'), undefined);
  await assert.rejects(
    client.addNum('A', 1n),
    (error) => error instanceof NumStoreClientError && error.code === 'PERMISSION_DENIED',
  );
});

test('library: certificates and keys may be bytes, and what is none is a TypeError before anything is sent', async (t) => {
  const port = await serve(t, { tls: { ...own, clientCa: authority.cert } });
  const read = (file: string): Buffer => readFileSync(file);
  const tls = { ca: read(authority.file), cert: read(caller.certFile), key: read(caller.keyFile) };
  await using client = await openClient({ port, tls });
  assert.equal(await client.setNum('A', 1n), 1n);
  const wrong: readonly TlsOptions[] = [
    { ca: 'none' },
    { cert: caller.cert },
    { cert: caller.cert, key: own.key },
    { cert: caller.key, key: caller.key },
  ];
  for (const options of wrong) await rejectsWith(openClient({ port, tls: options }), 'INVALID_OPTION');
});

test('library: a token that cannot be sent is INVALID_OPTION, and the error does not show it', async (t) => {
  const port = await serve(t, {});
  const isHidden = (error: unknown): boolean =>
    error instanceof NumStoreClientError &&
    error.code === 'INVALID_OPTION' &&
    !error.message.includes('secret');
  assert.throws(() => bearer('secret\n'), /got a string of 7 characters/);
  await assert.rejects(openClient({ port, token: 'a secret' }), isHidden);
  await using client = await openClient({ port, token: () => 'a secret' });
  await assert.rejects(client.setNum('A', 1n), isHidden);
  await assert.rejects(client.factExact('A'), isHidden);
});

test('library: each of several servers may have a certificate for its own name, and none for that of a stranger', async (t) => {
  const byName = await serve(t, { tls: authority.issue('by-name', { names: 'DNS:localhost' }) });
  const byAddress = await serve(t, { tls: authority.issue('by-address', { names: 'IP:127.0.0.1' }) });
  const tls = { ca: authority.cert };
  for (const host of [`localhost:${byName},127.0.0.1:1`, `localhost:1,127.0.0.1:${byAddress}`]) {
    await using client = await openClient({ host, tls });
    assert.equal(await client.setNum('A', 1n), 1n, host);
  }
  const timing = { connectTimeoutMs: 300 };
  await assert.rejects(
    openClient({ host: `127.0.0.2:${byName},127.0.0.1:${byName}`, tls, ...timing }),
    (error) => error instanceof NumStoreClientError && error.message.includes('DNS:localhost'),
  );
});

test('library: a server that will never be trusted is not waited for', async (t) => {
  const port = await serve(t, { tls: own });
  await assert.rejects(
    // longer than a test may take
    openClient({ port, tls: {}, connectTimeoutMs: 600_000 }),
    (error) => error instanceof NumStoreClientError && error.code === 'UNREACHABLE',
  );
});

test('TLS: the name to look for in a certificate may be another than that of the host, an address, too', async (t) => {
  const names = 'DNS:numstore.example,IP:10.0.0.1';
  const port = await serve(t, { tls: authority.issue('elsewhere', { names }) });
  const server = { host: '127.0.0.1', port, isEach: false };
  const openLink = async (tls: TlsOptions): Promise<Link> => {
    const calls = { servers: [server], security: { tls }, deadlineMs: 1000, isTimed: false };
    const [link] = await openLightLinks(calls, [0]);
    assert.ok(link !== undefined);
    return link;
  };
  const openBoth = async (serverName?: string): Promise<void> => {
    const tls = { ca: authority.cert, serverName };
    await using _client = await openClient({ port, tls });
    await using _link = await openLink(tls);
  };
  for (const name of ['numstore.example', '10.0.0.1']) await openBoth(name);
  const isUnreachable = (error: unknown): boolean =>
    error instanceof NumStoreClientError && error.code === 'UNREACHABLE';
  for (const serverName of [undefined, 'example.org', '10.0.0.2']) {
    const tls = { ca: authority.cert, serverName };
    await assert.rejects(openClient({ port, tls }), isUnreachable);
    await assert.rejects(openLink(tls), isUnreachable);
  }
});

test('TLS: a server that resets the connection right after the handshake is told as one that ends it', async (t) => {
  const listener = createServer((raw) => {
    const secured = new TLSSocket(raw, {
      isServer: true,
      cert: own.cert,
      key: own.key,
      ALPNProtocols: ['h2'],
    });
    secured.on('error', () => undefined);
    secured.once('secure', () => raw.resetAndDestroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  t.after(() => listener.close());
  const address = listener.address();
  assert.ok(typeof address === 'object' && address !== null);
  const tls = { ca: authority.cert };
  await assert.rejects(
    openClient({ port: address.port, tls, connectTimeoutMs: 300 }),
    (error) => error instanceof NumStoreClientError && /right after the handshake/.test(error.message),
  );
});

test('TLS: a server that never answers the handshake is given up in time, and nothing is left of it', async (t) => {
  let open = 0;
  const listener = createServer((socket) => {
    open++;
    socket.on('error', () => undefined);
    socket.on('close', () => open--);
    socket.resume();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  t.after(() => listener.close());
  const address = listener.address();
  assert.ok(typeof address === 'object' && address !== null);
  await assert.rejects(
    openClient({ port: address.port, tls: {}, connectTimeoutMs: 300 }),
    (error) => error instanceof NumStoreClientError && /no gRPC server answers/.test(error.message),
  );
  await until(() => open === 0, 'the end of each connection');
});
