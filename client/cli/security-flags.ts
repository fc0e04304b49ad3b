import { readFileSync } from 'node:fs';
import type { Security, TlsOptions } from '../api/options.ts';
import { faultOfCertificates, faultOfKey, faultOfPair } from '../api/security/pem.ts';
import { parseTokenFile } from '../api/security/token.ts';
import { readFile, readSwitch, readText } from './readers.ts';
import type { FlagName, Words } from './tokens.ts';

/** The flags that every command has which talks to a server. */
export const securityFlags = [
  'tls',
  'tls-ca',
  'tls-cert',
  'tls-key',
  'tls-server-name',
  'token-file',
] as const satisfies readonly FlagName[];

/** Reads what keeps the connection from others, and says who calls; the files are read, too. */
export function readSecurity(words: Words, faults: string[]): Security {
  const tls = readTls(words, faults);
  const token = readToken(words, faults);
  return { ...(tls === undefined ? {} : { tls }), ...(token === undefined ? {} : { token }) };
}

function readTls(words: Words, faults: string[]): TlsOptions | undefined {
  const isTls = readSwitch(words, 'tls', faults);
  const serverName = readText(words, 'tls-server-name', faults);
  const ca = readPem(words, 'tls-ca', faultOfCertificates, faults);
  const cert = readPem(words, 'tls-cert', faultOfCertificates, faults);
  const key = readPem(words, 'tls-key', faultOfKey, faults);
  const isPair = words.flags.has('tls-cert') && words.flags.has('tls-key');
  if (words.flags.has('tls-cert') !== words.flags.has('tls-key')) {
    faults.push('--tls-cert, --tls-key: expected both or neither');
  }
  const fault = cert !== undefined && key !== undefined ? faultOfPair(cert, key) : undefined;
  if (fault !== undefined) faults.push(`--tls-key: expected ${fault}, got another's`);
  if (!isTls && !isPair && !words.flags.has('tls-ca')) {
    if (serverName !== '') faults.push('--tls-server-name: expected --tls or --tls-ca beside it');
    return undefined;
  }
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    ...(serverName === '' ? {} : { serverName }),
  };
}

function readPem(
  words: Words,
  name: FlagName,
  faultOf: (pem: string) => string | undefined,
  faults: string[],
): string | undefined {
  const pem = readContent(words, name, faults);
  const fault = pem === undefined ? undefined : faultOf(pem);
  if (fault === undefined) return pem;
  faults.push(`--${name}: expected ${fault}, got ${JSON.stringify(readFile(words, name, []))}`);
  return undefined;
}

function readToken(words: Words, faults: string[]): string | undefined {
  const text = readContent(words, 'token-file', faults);
  const token = text === undefined ? undefined : parseTokenFile(text);
  // what stands there instead may be somebody's token: it is not shown
  if (text !== undefined && token === undefined) {
    faults.push('--token-file: expected a line with a token of visible ASCII characters, got none');
  }
  return token;
}

function readContent(words: Words, name: FlagName, faults: string[]): string | undefined {
  const before = faults.length;
  const path = readFile(words, name, faults);
  if (path === undefined || faults.length > before) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    faults.push(`--${name}: expected a file that can be read, got ${JSON.stringify(path)} (${reason})`);
    return undefined;
  }
}

/** The flags of security, for the help of every command that talks to a server. */
export const securityHelp = `TLS and tokens
  --tls                   speak TLS; trust the authorities that Node trusts
  --tls-ca FILE           speak TLS; trust the authorities in FILE, and no others
  --tls-cert FILE         speak TLS; show this certificate to a server that asks for one (mutual TLS)
  --tls-key FILE          its private key
  --tls-server-name NAME  the name that the server's certificate must carry, where it is not that of --host
  --token-file FILE       send the token that stands in FILE, as TOKEN or read-write TOKEN, with every call
`;
