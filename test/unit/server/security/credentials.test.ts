import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  type CredentialFiles,
  findFaults,
  openCredentials,
} from '../../../../server/security/credentials.ts';
import { exposureWarning } from '../../../../server/security/log.ts';
import { createCertificateFolder } from '../../../support/certificates.ts';

const folder = createCertificateFolder();
after(() => folder.remove());
const authority = folder.createAuthority('authority');
const server = authority.issue('server');
const other = authority.issue('other');

const none: CredentialFiles = {
  tlsCert: undefined,
  tlsKey: undefined,
  tlsCa: undefined,
  tokenFile: undefined,
};
const good: CredentialFiles = { ...none, tlsCert: server.certFile, tlsKey: server.keyFile };

/** A file of the folder that holds `text`. */
function write(name: string, text: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
}

test('credentials: right files have no fault, and neither has none at all', () => {
  const tokenFile = write('tokens', 'read-only 0123456789abcdef\n');
  assert.deepEqual(findFaults({ ...good, tlsCa: authority.file, tokenFile }), []);
  assert.deepEqual(findFaults(none), []);
});

test('credentials: each fault of a file is told with the flag and the path, and says what was expected', () => {
  const lock = (...how: string[]): string => {
    const path = join(folder.path, `locked-${how[0]}.key`);
    const files = ['-in', server.keyFile, '-passout', 'pass:sesame', '-out', path];
    execFileSync('openssl', [...how, ...files], { stdio: 'ignore' });
    return path;
  };
  const large = write('large', '');
  truncateSync(large, 2 ** 20 + 1);
  const garbled = server.cert.replace(/\n[^-]{40}/, '\nQUJD');
  const cases: readonly (readonly [Partial<CredentialFiles>, RegExp])[] = [
    [{ tlsCert: '/nowhere/cert.pem' }, /^--tls-cert \/nowhere\/cert.pem: There is no such file$/],
    [{ tlsCert: folder.path }, /^--tls-cert .*: Expected an ordinary file$/],
    [{ tlsCert: large }, /^--tls-cert .*: Expected at most 1048576 bytes$/],
    [{ tlsCert: write('text', 'no certificate') }, /^--tls-cert .*text: Expected a certificate in PEM/],
    [{ tlsCert: server.keyFile }, /^--tls-cert .*: Expected a certificate in PEM/],
    [{ tlsCert: write('garbled', garbled) }, /^--tls-cert .*garbled: Expected a certificate in PEM/],
    [{ tlsKey: server.certFile }, /^--tls-key .*: Expected a private key in PEM/],
    [{ tlsKey: lock('pkcs8', '-topk8') }, /^--tls-key .*: Expected a key without a passphrase$/],
    [{ tlsKey: lock('ec', '-aes256') }, /^--tls-key .*: Expected a key without a passphrase$/],
    [{ tlsKey: other.keyFile }, /^--tls-key .*: It is not the key of the certificate in .*server\.pem$/],
    [{ tlsCa: write('empty', '') }, /^--tls-ca .*empty: Expected a certificate in PEM/],
    [{ tokenFile: write('tokens-bad', 'read-only short') }, /^--token-file .*tokens-bad: Line 1: Expected/],
  ];
  for (const [change, expected] of cases) {
    const faults = findFaults({ ...good, ...change });
    assert.equal(faults.length, 1, String(expected));
    assert.match(faults[0] ?? '', expected);
  }
});

/** Does `work` as a user who may not read everything. */
function asOrdinaryUser<Result>(work: () => Result): Result {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}

test('credentials: a file that the user may not read is told so', () => {
  const path = write('closed', server.key);
  chmodSync(path, 0);
  chmodSync(folder.path, 0o755);
  const faults = asOrdinaryUser(() => findFaults({ ...none, tlsKey: path }));
  assert.deepEqual(faults, [`--tls-key ${path}: The user of the server may not read it`]);
});

test('credentials: all files are looked at, whatever is wrong with the first', () => {
  const faults = findFaults({
    tlsCert: '/nowhere/a',
    tlsKey: '/nowhere/b',
    tlsCa: '/nowhere/c',
    tokenFile: '/nowhere/d',
  });
  assert.equal(faults.length, 4);
});

test('credentials: a certificate that has expired is a warning, and so is an authority that has', () => {
  const expired = authority.issue('expired', { days: -1 });
  const credentials = openCredentials(
    { ...none, tlsCert: expired.certFile, tlsKey: expired.keyFile, tlsCa: expired.certFile },
    { onReloaded: () => assert.fail(), onRefused: () => assert.fail() },
  );
  credentials.close();
  const warnings = credentials.current.tls?.warnings ?? [];
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? '', /^--tls-cert .* has expired: /);
  assert.match(warnings[1] ?? '', /^--tls-ca .* has expired: /);
});

test('exposure: clear text is warned of once, and not where only this machine can listen', () => {
  const tokenFile = '/some/tokens';
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
    assert.equal(exposureWarning({ ...none, host }), undefined, host);
    assert.equal(exposureWarning({ ...none, tokenFile, host }), undefined, host);
  }
  for (const host of ['::', '0.0.0.0', '192.0.2.1', 'example.org']) {
    assert.match(exposureWarning({ ...none, host }) ?? '', /clear text to everybody/);
    assert.match(exposureWarning({ ...none, tokenFile, host }) ?? '', /tokens travel in clear text/);
    assert.equal(exposureWarning({ ...good, host }), undefined);
    assert.equal(exposureWarning({ ...good, tokenFile, host }), undefined);
  }
});

test('credentials: what Redis is shown and trusts is read, checked and followed as the server’s own', () => {
  const password = write('password', 'p#%@/ ü\n');
  const files = {
    storeTlsCa: authority.file,
    storeTlsCert: server.certFile,
    storeTlsKey: server.keyFile,
    storePasswordFile: password,
  };
  const credentials = openCredentials(
    { ...none, ...files },
    { onReloaded: () => undefined, onRefused: () => undefined },
  );
  const good = { ca: authority.cert, cert: server.cert, key: server.key, password: 'p#%@/ ü' };
  assert.deepEqual(credentials.current.store, good);
  assert.ok(credentials.hasFiles);
  write('password', 'another\n');
  credentials.reload('SIGHUP');
  assert.equal(credentials.current.store.password, 'another');
  write('password', 'two\nlines\n');
  credentials.reload('SIGHUP');
  assert.equal(credentials.current.store.password, 'another', 'the last good one stays');
  credentials.close();

  const cases: readonly (readonly [Partial<CredentialFiles>, RegExp])[] = [
    [{ storeTlsCa: '/nowhere' }, /^--store-tls-ca \/nowhere: There is no such file$/],
    [{ storeTlsCert: server.keyFile }, /^--store-tls-cert .*: Expected a certificate in PEM/],
    [{ storeTlsKey: other.keyFile }, /^--store-tls-key .*: It is not the key of the certificate in /],
    [{ storePasswordFile: write('none', '\n') }, /^--store-password-file .*: Expected one line/],
  ];
  for (const [change, fault] of cases) {
    const faults = findFaults({ ...none, ...files, storePasswordFile: undefined, ...change });
    assert.match(faults[0] ?? '', fault);
  }
});
