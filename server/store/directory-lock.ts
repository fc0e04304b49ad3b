import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NumStoreError } from '../domain/errors.ts';
import { probe } from './directory-probe.ts';

const socketPrefix = 'owner-';
const socketSuffix = '.sock';

/** Two newcomers that meet both step back for a random while; so many meetings in a row do not happen by chance. */
const attemptsMax = 30;
const stepBackMsMax = 50;

/** The right to be the only process in a directory. */
export interface DirectoryLock {
  /** What proves it: as long as this socket lies in the directory, newcomers are refused. */
  readonly path: string;
  close(): Promise<void>;
}

/**
 * Makes this process the owner of `directory`, or refuses.
 *
 * The owner listens on a Unix socket in the directory; the kernel closes it when the process dies, however it dies,
 * and any process that can reach the directory can reach the socket, in another container too. Each newcomer first
 * listens on a socket of its own and then knocks at all others: of two, whoever listens later finds the other, so
 * they can never both succeed. Only an owner removes the sockets of the dead, since nobody can take its place
 * meanwhile.
 * @throws NumStoreError STORE_UNAVAILABLE if another process owns it
 */
export async function openDirectoryLock(directory: string): Promise<DirectoryLock> {
  const handle = await open(directory);
  try {
    for (let attempt = 1; ; attempt += 1) {
      const candidate = await listen(directory, handle);
      const others = await knock(directory, handle, candidate.name);
      if (others.isAlone) {
        candidate.own();
        await removeDead(directory, others.dead);
        return {
          path: join(directory, candidate.name),
          close: () => candidate.close().then(() => handle.close()),
        };
      }
      await candidate.close();
      if (others.owner !== undefined || attempt === attemptsMax) throw inUse(directory, others.owner);
      await delay(Math.random() * stepBackMsMax);
    }
  } catch (error) {
    await handle.close();
    if (error instanceof NumStoreError) throw error;
    const message = `Cannot lock ${resolve(directory)}: a file system with Unix sockets is needed there`;
    throw new NumStoreError('STORE_UNAVAILABLE', message, { cause: error });
  }
}

interface Candidate {
  readonly name: string;
  own(): void;
  close(): Promise<void>;
}

/** Tells whoever knocks which process this is, and whether it is the owner or about to find out. */
async function listen(directory: string, handle: FileHandle): Promise<Candidate> {
  const name = `${socketPrefix}${randomBytes(6).toString('hex')}${socketSuffix}`;
  let greeting = '';
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    // Whoever knocks and then stays must not hold up our close.
    socket.end(greeting, () => socket.destroy());
  });
  // Every user of the directory can connect, and so finds out that a socket of another user is dead.
  server.listen({ path: socketPath(directory, handle, name), readableAll: true, writableAll: true });
  await once(server, 'listening');
  server.unref();
  return {
    name,
    own: () => {
      greeting = `process ${process.pid}`;
    },
    close: () => new Promise((done) => server.close(() => done())),
  };
}

interface Others {
  readonly isAlone: boolean;
  /** What the owner said of itself, if there is one. */
  readonly owner: string | undefined;
  readonly dead: readonly string[];
}

async function knock(directory: string, handle: FileHandle, ownName: string): Promise<Others> {
  const names = (await readdir(directory)).filter(
    (name) => name.startsWith(socketPrefix) && name.endsWith(socketSuffix) && name !== ownName,
  );
  const answers = await Promise.all(names.map((name) => probe(socketPath(directory, handle, name))));
  const alive = answers.filter((answer) => answer !== undefined);
  return {
    isAlone: alive.length === 0,
    owner: alive.find((greeting) => greeting !== ''),
    dead: names.filter((_, index) => answers[index] === undefined),
  };
}

async function removeDead(directory: string, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => rm(join(directory, name), { force: true })));
}

/** A Unix socket's address holds about a hundred bytes; where Linux lets us, a long path is shortened. */
function socketPath(directory: string, handle: FileHandle, name: string): string {
  const parent = process.platform === 'linux' ? `/proc/self/fd/${handle.fd}` : directory;
  return join(parent, name);
}

function inUse(directory: string, owner: string | undefined): NumStoreError {
  const who = owner ?? 'another process';
  return new NumStoreError(
    'STORE_UNAVAILABLE',
    `The store in ${resolve(directory)} is in use by ${who}: stop it first, or choose another directory`,
  );
}
