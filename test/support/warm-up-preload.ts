import { type ListenOptions, Server } from 'node:net';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { root } from './process.ts';

/**
 * Loaded before the server's own program, with `node --import`: what a machine, or a fault of ours, does to a server
 * that warms up. Which of them is the query of its URL.
 */

const { search, pathname } = new URL(import.meta.url);
const isSource = pathname.endsWith('.ts');
const folder = pathToFileURL(root);

type Messages = typeof import('../../generated/numstore.ts');

const deeds: Readonly<Record<string, () => Promise<void> | void>> = {
  /** Writes to stderr what listens, and what no longer does, in its order. */
  '?tell': () =>
    onListen((server, { host }, listen) => {
      process.stderr.write(`${host} listens\n`);
      server.once('close', () => process.stderr.write(`${host} closed\n`));
      listen();
    }),

  /** The process is stopped when the warm-up has its listener. */
  '?stop': () =>
    onListen((_server, { host }, listen) => {
      if (host === '127.0.0.1') process.kill(process.pid, 'SIGTERM');
      listen();
    }),

  /** The machine has no loopback interface. */
  '?no-loopback': () =>
    onListen((server, { host }, listen) => {
      if (host !== '127.0.0.1' && host !== '::1') return listen();
      const error = Object.assign(new Error(`listen EADDRNOTAVAIL ${host}`), { code: 'EADDRNOTAVAIL' });
      process.nextTick(() => server.emit('error', error));
    }),

  /** Every factorial that the server answers is one too large. */
  '?wrong': async () => {
    const { href } = new URL(isSource ? 'generated/numstore.ts' : 'dist/generated/numstore.js', folder);
    const { FactResponse }: Messages = await import(href);
    const { encode } = FactResponse;
    FactResponse.encode = (message, writer) => encode({ ...message, value: message.value + 1n }, writer);
    // On a busy machine the limit of the warm-up would end it before the first answer.
    const { setTimeout: set } = globalThis;
    const slowly = (run: () => void, ms: number) => set(run, 100 * ms);
    Object.defineProperty(globalThis, 'setTimeout', { value: slowly });
  },
};

function onListen(then: (server: Server, options: ListenOptions, listen: () => void) => void): void {
  const { listen } = Server.prototype;
  function listenAs(this: Server, options: ListenOptions, onListening: () => void): Server {
    then(this, options, () => Reflect.apply(listen, this, [options, onListening]));
    return this;
  }
  Object.defineProperty(Server.prototype, 'listen', { value: listenAs });
}

if (isMainThread) await deeds[search]?.();
