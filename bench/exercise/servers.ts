/** The servers of the comparison, each started anew as often as it is asked for. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as rest } from 'node:timers/promises';
import { openCompiledServer } from '../compiled-server.ts';
import { builtPeers, peersBuilt } from '../peers/built.ts';
import { openLineProcess } from '../peers/line-process.ts';
import { type Python, pythonScript } from '../peers/python.ts';
import { startSubject } from '../transport/subject.ts';

/** A server that has just been started. */
export interface FreshServer {
  readonly port: number;
  readonly version: string;
  /** From its start until it listens, in milliseconds. */
  readonly startMs: number;
  /** Ends it, and waits until it has ended. Idempotent. */
  close(): Promise<void>;
}

export interface Contestant {
  readonly name: string;
  readonly kind: 'ours' | 'peer';
  start(): Promise<Omit<FreshServer, 'startMs'>>;
}

export const pythonName = 'Python';
export const tonicName = 'tonic';
export const transports = ['grpc-js', 'native'] as const;

/** The name of our server on a transport and a Node. */
export function oursOn(transport: (typeof transports)[number], node: string): string {
  return `ours, ${transport}, ${node}`;
}

/**
 * A server that accepts need not be ready: threads start, files load. What it does in this time is paid by no run, and
 * all servers have the same of it, ours after the line that says that it listens.
 */
const settleMs = 200;

/** Starts a server, and lets it settle. */
export async function startFresh(contestant: Contestant): Promise<FreshServer> {
  const startedAt = performance.now();
  const server = await contestant.start();
  const startMs = performance.now() - startedAt;
  await rest(settleMs);
  return { ...server, startMs };
}

/** `Node 20`, of the file of a Node. @throws Error if it does not run */
export function nodeName(file: string): string {
  const version = execFileSync(file, ['--version'], { encoding: 'utf8' });
  return `Node ${/^v(\d+)\./.exec(version)?.[1] ?? version.trim()}`;
}

/** Ours on both transports, for each of `nodes`. */
export function ourContestants(serverFile: string, nodes: readonly string[]): readonly Contestant[] {
  return nodes.flatMap((node) =>
    transports.map(
      (transport): Contestant => ({
        name: oursOn(transport, nodeName(node)),
        kind: 'ours',
        start: async () => {
          const flags = ['--transport', transport];
          const { port, close } = await openCompiledServer(serverFile, flags, node);
          return { port, close, version: `this commit, compiled, ${flags.join(' ')}` };
        },
      }),
    ),
  );
}

/** The server that the exercise asks for, in the language in which it was set. */
export function pythonContestant(python: Python): Contestant {
  return {
    name: pythonName,
    kind: 'peer',
    start: async () => {
      const server = openLineProcess(python.program, [pythonScript('server.py'), python.folder]);
      try {
        const port = Number(await server.next());
        return { port, version: await server.next(), close: () => server.close() };
      } catch (error) {
        await server.close();
        throw error;
      }
    },
  };
}

/** The peers in `folder`, and a note for each that is not there. */
export function peerContestants(folder: string = peersBuilt): {
  readonly contestants: readonly Contestant[];
  readonly notes: readonly string[];
} {
  // Debian's grpc-go is years older than the other, and slower; the comparison is with the best there is.
  const wanted = builtPeers.filter(({ file }) => file !== 'peer-go-debian');
  const isBuilt = ({ file }: { readonly file: string }): boolean => existsSync(join(folder, file));
  return {
    contestants: wanted.filter(isBuilt).map(({ name, file }) => ({
      name,
      kind: 'peer',
      start: async () => {
        const command = [join(folder, file), 'PORT'] as const;
        const subject = await startSubject({ name, kind: 'peer', command: [...command] }, await freePort());
        return { port: subject.port, version: subject.version, close: () => subject.stop() };
      },
    })),
    notes: wanted
      .filter((peer) => !isBuilt(peer))
      .map(({ name, file }) => `${name} left out: needs ${file} from bench/peers/build.sh, see --peers`),
  };
}

/** Below the ports that the kernel gives out: nothing takes one between the look and the start of the peer. */
let lastPort = 20_000 + (process.pid % 1_000) * 10;

/** A port of the loopback interface that is free: the peers take no port 0. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = ++lastPort;
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
