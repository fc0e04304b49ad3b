import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { TlsOptions } from '../../transport/index.ts';
import { fileFault, type NamedFile, readText } from './credential-file.ts';

/** TLS as the files have it. */
export interface TlsMaterial {
  readonly options: TlsOptions;
  /** When the server's certificate expires, as it says itself. */
  readonly expires: string;
  /** Whose certificate it is, and what else of the files deserves a warning. */
  readonly warnings: readonly string[];
}

/** The files of TLS. */
export interface TlsFiles {
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
}

/**
 * Reads and checks the files: each is PEM, the key is that of the certificate, and TLS takes them. A certificate that has
 * expired is a warning: refusing it would stop a server that some callers may still trust.
 * @returns `undefined` without a certificate and a key, or with one more of `faults`
 */
export function readTls(files: TlsFiles, faults: string[]): TlsMaterial | undefined {
  const faultsBefore = faults.length;
  const cert = named('--tls-cert', files.cert);
  const key = named('--tls-key', files.key);
  const ca = named('--tls-ca', files.ca);
  const pair = readPair(cert, key, faults);
  const authorities = ca && readCertificates(ca, faults);
  if (cert === undefined || pair === undefined || faults.length > faultsBefore) return undefined;
  const { chain, privateKey } = pair;
  const mutual = authorities === undefined ? {} : { clientCa: authorities.pem };
  const options: TlsOptions = { cert: chain.pem, key: privateKey.pem, ...mutual };
  try {
    createSecureContext({ cert: options.cert, key: options.key, ca: authorities?.pem });
  } catch (error) {
    faults.push(fileFault(cert, `TLS does not take it: ${String(error)}`));
    return undefined;
  }
  const warnings = [
    ...datesWarnings(cert, chain),
    ...(ca && authorities ? datesWarnings(ca, authorities) : []),
  ];
  return { options, expires: chain.first.validTo, warnings };
}

/** A certificate of ours and its key. */
interface Pair {
  readonly chain: Certificates;
  readonly privateKey: PrivateKey;
}

/** @returns `undefined` without both of them, or with one more of `faults` */
export function readPair(
  cert: NamedFile | undefined,
  key: NamedFile | undefined,
  faults: string[],
): Pair | undefined {
  const chain = cert && readCertificates(cert, faults);
  const privateKey = key && readKey(key, faults);
  if (cert === undefined || chain === undefined || key === undefined || privateKey === undefined)
    return undefined;
  if (chain.first.checkPrivateKey(privateKey.key)) return { chain, privateKey };
  faults.push(fileFault(key, `It is not the key of the certificate in ${cert.path}`));
  return undefined;
}

export function named(flag: NamedFile['flag'], path: string | undefined): NamedFile | undefined {
  return path === undefined ? undefined : { flag, path };
}

interface Certificates {
  readonly pem: string;
  /** Of a server this is its own. */
  readonly first: X509Certificate;
  readonly all: readonly X509Certificate[];
}

const certificatePattern = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

export function readCertificates(file: NamedFile, faults: string[]): Certificates | undefined {
  const pem = readText(file, faults);
  if (pem === undefined) return undefined;
  try {
    const all = [...pem.matchAll(certificatePattern)].map(([block]) => new X509Certificate(block));
    const [first] = all;
    if (first !== undefined) return { pem, first, all };
    faults.push(fileFault(file, 'Expected a certificate in PEM (BEGIN CERTIFICATE)'));
  } catch {
    // What OpenSSL says of it helps nobody.
    faults.push(fileFault(file, 'Expected a certificate in PEM, and what is between its lines is none'));
  }
  return undefined;
}

interface PrivateKey {
  readonly pem: string;
  readonly key: KeyObject;
}

/** Of PKCS #8, and of the older formats (RFC 1421 4.6.1.1). */
const encryptedPattern = /^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

function readKey(file: NamedFile, faults: string[]): PrivateKey | undefined {
  const pem = readText(file, faults);
  if (pem === undefined) return undefined;
  if (encryptedPattern.test(pem)) {
    faults.push(fileFault(file, 'Expected a key without a passphrase'));
    return undefined;
  }
  try {
    return { pem, key: createPrivateKey(pem) };
  } catch {
    faults.push(fileFault(file, 'Expected a private key in PEM (BEGIN PRIVATE KEY)'));
    return undefined;
  }
}

export function datesWarnings(file: NamedFile, { all }: Certificates): string[] {
  const now = Date.now();
  return all.flatMap(({ subject, validFrom, validTo }) => {
    if (Date.parse(validTo) < now)
      return [fileFault(file, `The certificate of ${subject} has expired: ${validTo}`)];
    if (Date.parse(validFrom) > now)
      return [fileFault(file, `The certificate of ${subject} is not valid before ${validFrom}`)];
    return [];
  });
}
