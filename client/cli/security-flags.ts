import { readFileSync } from 'node:fs';
import type { Security, TlsOptions } from '../api/options.ts';
import { faultOfCertificates, faultOfKey, faultOfPair } from '../api/security/pem.ts';
import { parseTokenFile } from '../api/security/token.ts';
import { type AnyFlag, type Flag, fileFlag, switchFlag, textFlag } from './flags.ts';
import { renderFlags } from './help.ts';
import type { Words } from './tokens.ts';

const flags = {
  tls: switchFlag('tls', 'speak TLS; trust the authorities that Node trusts'),
  ca: fileFlag('tls-ca', 'speak TLS; trust the authorities in FILE, and no others'),
  cert: fileFlag('tls-cert', 'speak TLS; show this certificate to a server that asks for one (mutual TLS)'),
  key: fileFlag('tls-key', 'its private key'),
  serverName: textFlag(
    'tls-server-name',
    'NAME',
    "the name that the server's certificate must carry, where it is not that of --host",
  ),
  tokenFile: fileFlag(
    'token-file',
    'send the token that stands in FILE, as TOKEN or read-write TOKEN, with every call',
  ),
};

/** The flags that every command has which talks to a server. */
export const securityFlags: readonly AnyFlag[] = Object.values(flags);

/** What the help of every command says of them that talks to a server. */
export const securityHelp = `TLS and tokens
${renderFlags(securityFlags, { nameWidth: 26, textWidth: 0 })}`;

/** Reads what keeps the connection from others, and says who calls; the files are read, too. */
export function readSecurity(words: Words, faults: string[]): Security {
  const tls = readTls(words, faults);
  const token = readToken(words, faults);
  return { ...(tls === undefined ? {} : { tls }), ...(token === undefined ? {} : { token }) };
}

function readTls(words: Words, faults: string[]): TlsOptions | undefined {
  const isTls = flags.tls.read(words, faults);
  const serverName = flags.serverName.read(words, faults);
  const ca = readPem(words, flags.ca, faultOfCertificates, faults);
  const cert = readPem(words, flags.cert, faultOfCertificates, faults);
  const key = readPem(words, flags.key, faultOfKey, faults);
  const [hasCert, hasKey] = [flags.cert, flags.key].map(({ name }) => words.flags.has(name));
  if (hasCert !== hasKey) {
    faults.push('--tls-cert, --tls-key: expected both or neither');
  }
  const fault = cert !== undefined && key !== undefined ? faultOfPair(cert, key) : undefined;
  if (fault !== undefined) faults.push(`--tls-key: expected ${fault}, got another's`);
  if (!isTls && !(hasCert && hasKey) && !words.flags.has(flags.ca.name)) {
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
  flag: Flag<string | undefined>,
  faultOf: (pem: string) => string | undefined,
  faults: string[],
): string | undefined {
  const pem = readContent(words, flag, faults);
  const fault = pem === undefined ? undefined : faultOf(pem);
  if (fault === undefined) return pem;
  faults.push(`--${flag.name}: expected ${fault}, got ${JSON.stringify(flag.read(words, []))}`);
  return undefined;
}

function readToken(words: Words, faults: string[]): string | undefined {
  const text = readContent(words, flags.tokenFile, faults);
  const token = text === undefined ? undefined : parseTokenFile(text);
  // what stands there instead may be somebody's token: it is not shown
  if (text !== undefined && token === undefined) {
    faults.push('--token-file: expected a line with a token of visible ASCII characters, got none');
  }
  return token;
}

function readContent(
  words: Words,
  { name, read }: Flag<string | undefined>,
  faults: string[],
): string | undefined {
  const before = faults.length;
  const path = read(words, faults);
  if (path === undefined || faults.length > before) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    faults.push(`--${name}: expected a file that can be read, got ${JSON.stringify(path)} (${reason})`);
    return undefined;
  }
}
