import { createSecureContext } from 'node:tls';
import { fileFault, readText } from './credential-file.ts';
import { datesWarnings, named, readCertificates, readPair } from './tls-files.ts';

/** Where it is written what the server shows to Redis, and what it trusts. */
export interface StoreFiles {
  readonly storeTlsCa?: string | undefined;
  readonly storeTlsCert?: string | undefined;
  readonly storeTlsKey?: string | undefined;
  readonly storePasswordFile?: string | undefined;
}

/** What the files hold; what has no file is left out. */
export interface StoreCredentials {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly password?: string;
}

/** What deserves a warning stays beside it. */
interface StoreMaterial {
  readonly credentials: StoreCredentials;
  readonly warnings: readonly string[];
}

/** Reads and checks the files; with one more of `faults` the result is not to be used. */
export function readStoreFiles(files: StoreFiles, faults: string[]): StoreMaterial {
  const ca = named('--store-tls-ca', files.storeTlsCa);
  const cert = named('--store-tls-cert', files.storeTlsCert);
  const authorities = ca && readCertificates(ca, faults);
  const pair = readPair(cert, named('--store-tls-key', files.storeTlsKey), faults);
  const password = readPassword(files.storePasswordFile, faults);
  const credentials = {
    ...(authorities && { ca: authorities.pem }),
    ...(pair && { cert: pair.chain.pem, key: pair.privateKey.pem }),
    ...(password !== undefined && { password }),
  };
  try {
    createSecureContext(credentials);
  } catch (error) {
    const file = cert ?? ca;
    if (file !== undefined) faults.push(fileFault(file, `TLS does not take it: ${String(error)}`));
  }
  const warnings = [
    ...(ca && authorities ? datesWarnings(ca, authorities) : []),
    ...(cert && pair ? datesWarnings(cert, pair.chain) : []),
  ];
  return { credentials, warnings };
}

/** The text of the file without the end of its last line. */
function readPassword(path: string | undefined, faults: string[]): string | undefined {
  if (path === undefined) return undefined;
  const file = { flag: '--store-password-file', path } as const;
  const password = readText(file, faults)?.replace(/\r?\n$/, '');
  if (password === undefined || (password !== '' && !/[\r\n]/.test(password))) return password;
  faults.push(fileFault(file, 'Expected one line with the password'));
  return undefined;
}
