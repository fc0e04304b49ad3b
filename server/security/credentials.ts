import { statSync } from 'node:fs';
import { fileFault, type NamedFile, readText } from './credential-file.ts';
import { readStoreFiles, type StoreCredentials, type StoreFiles } from './store-files.ts';
import { readTls, type TlsMaterial } from './tls-files.ts';
import { parseTokens, type Token } from './token-file.ts';

/** Where it is written who we are and who may call. */
export interface CredentialFiles extends StoreFiles {
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tlsCa: string | undefined;
  readonly tokenFile: string | undefined;
}

/** What the files hold. */
export interface Credentials {
  readonly tls: TlsMaterial | undefined;
  /** None without a file of them. */
  readonly tokens: readonly Token[];
  /** For new connections to the store. */
  readonly store: StoreCredentials;
  /** What of the store's files deserves a warning. */
  readonly storeWarnings: readonly string[];
}

/** Every fault of the files, in one message. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
}

/** What is wrong with the files, one sentence each. */
export function findFaults(files: CredentialFiles): readonly string[] {
  return read(files).faults;
}

interface Reading {
  readonly credentials: Credentials;
  /** With any of them the credentials are not to be used. */
  readonly faults: readonly string[];
}

function read(files: CredentialFiles): Reading {
  const { tlsCert, tlsKey, tlsCa, tokenFile } = files;
  const faults: string[] = [];
  const tls = readTls({ cert: tlsCert, key: tlsKey, ca: tlsCa }, faults);
  const tokens = tokenFile === undefined ? [] : readTokens({ flag: '--token-file', path: tokenFile }, faults);
  const { credentials: store, warnings: storeWarnings } = readStoreFiles(files, faults);
  return { credentials: { tls, tokens, store, storeWarnings }, faults };
}

function readTokens(file: NamedFile, faults: string[]): readonly Token[] {
  const text = readText(file, faults);
  if (text === undefined) return [];
  const list = parseTokens(text);
  faults.push(...list.faults.map((fault) => fileFault(file, fault)));
  return list.tokens;
}

/** Why credentials are read anew. */
type ReloadReason = 'SIGHUP' | 'the files have changed';

/** Hears of credentials. */
export interface CredentialEvents {
  /** They have been read anew and are used from now on. */
  readonly onReloaded: (credentials: Credentials, reason: ReloadReason) => void;
  /** They could not be used: the last good ones stay. */
  readonly onRefused: (faults: readonly string[], reason: ReloadReason) => void;
}

/** Credentials that follow their files. */
export interface LiveCredentials {
  /** The last good ones. */
  readonly current: Credentials;
  /** Whether there is any file to follow. */
  readonly hasFiles: boolean;
  /** Tells `listener` the last good ones, now and whenever there are others. */
  tell(listener: (credentials: Credentials) => void): void;
  /** Reads all files anew, now. */
  reload(reason: ReloadReason): void;
  /** Looks at the files no more. */
  close(): void;
}

/**
 * How often the files are looked at, in milliseconds. Asking costs a few calls of the kernel and works everywhere: what
 * watches a file by its inode sees nothing when the directory that a link leads to is exchanged, as Kubernetes does.
 */
const lookMs = 1000;

/**
 * Reads the files, and reads them anew when they have changed and then stayed the same for a second, since a certificate
 * and its key cannot be replaced in one step.
 * @throws CredentialError with every fault of the files
 */
export function openCredentials(files: CredentialFiles, events: CredentialEvents): LiveCredentials {
  const { tlsCert, tlsKey, tlsCa, tokenFile } = files;
  const { storeTlsCert, storeTlsKey, storeTlsCa, storePasswordFile } = files;
  const own = [tlsCert, tlsKey, tlsCa, tokenFile];
  const paths = [...own, storeTlsCert, storeTlsKey, storeTlsCa, storePasswordFile].filter(
    (path) => path !== undefined,
  );
  // Before the reading: what changes after it is seen.
  let stampRead = stampOf(paths);
  let stampSeen = stampRead;
  const first = read(files);
  if (first.faults.length > 0) throw new CredentialError(first.faults.join('\n'));
  let current = first.credentials;
  let listen: (credentials: Credentials) => void = () => undefined;

  const reload = (reason: ReloadReason): void => {
    stampRead = stampOf(paths);
    const { credentials, faults } = read(files);
    if (faults.length > 0) {
      events.onRefused(faults, reason);
      return;
    }
    current = credentials;
    listen(credentials);
    events.onReloaded(credentials, reason);
  };
  const look = (): void => {
    const stamp = stampOf(paths);
    if (stamp !== stampRead && stamp === stampSeen) reload('the files have changed');
    stampSeen = stamp;
  };
  const timer = paths.length === 0 ? undefined : setInterval(look, lookMs);
  return {
    get current() {
      return current;
    },
    hasFiles: paths.length > 0,
    tell(listener) {
      listen = listener;
      listener(current);
    },
    reload,
    close: () => clearInterval(timer),
  };
}

/** Differs once one of the files does; links are followed. */
function stampOf(paths: readonly string[]): string {
  return paths.map(stampOfOne).join();
}

function stampOfOne(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch {
    // Why it cannot be read is said when it is.
    return 'none';
  }
}
