import { setTimeout as rest } from 'node:timers/promises';
import { data, headers, preface, request } from '../../../test/transport/support/frames.ts';
import type { Attack } from '../attack.ts';
import { setNumMessage } from '../messages.ts';
import { Peer, summary } from '../peer.ts';

/** How long the connections are held, at the full share. */
const holdMs = 5_000;
/** Opened at the same time: what a backlog holds. */
const width = 100;

async function openMany(port: number, count: number, greet: boolean): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (let start = 0; start < count; start += width) {
    const length = Math.min(width, count - start);
    peers.push(...(await Promise.all(Array.from({ length }, () => Peer.open(port, greet)))));
  }
  return peers;
}

async function hold(port: number, count: number, greet: boolean, ms: number): Promise<string> {
  const peers = await openMany(port, count, greet);
  await rest(ms);
  const outcome = summary(peers);
  for (const peer of peers) peer.destroy();
  return outcome;
}

/** One that is never done: a byte, and a rest, and the next byte. */
async function trickle(peer: Peer, bytes: Buffer, ms: number): Promise<void> {
  const endAt = performance.now() + ms;
  for (const byte of bytes) {
    if (peer.isClosed || performance.now() > endAt) return;
    await peer.send(Buffer.from([byte]));
    await rest(100);
  }
}

const slowCall = Buffer.concat([headers(1, request('/NumStore/SetNum')), data(1, setNumMessage('k', 1n))]);

/** Many connections that do little or nothing. */
export const connections: readonly Attack[] = [
  {
    name: 'idle connections',
    what: '2000 that say hello and nothing more, held for 5 s',
    run: (port, share) => hold(port, 2_000 * share, true, holdMs * share),
  },
  {
    name: 'half-open connections',
    what: '2000 that say nothing at all, held for 5 s',
    run: (port, share) => hold(port, 2_000 * share, false, holdMs * share),
  },
  {
    name: 'connections opened and closed',
    what: '5000, 100 at a time',
    async run(port, share) {
      const count = 5_000 * share;
      for (let done = 0; done < count; done += width) {
        for (const peer of await openMany(port, Math.min(width, count - done), true)) peer.destroy();
      }
      return `${count} opened`;
    },
  },
  {
    name: 'slow hello',
    what: '500 connections, a byte of the preface every 100 ms, for 5 s',
    async run(port, share) {
      const peers = await openMany(port, 500 * share, false);
      await Promise.all(peers.map((peer) => trickle(peer, preface, holdMs * share)));
      const outcome = summary(peers);
      for (const peer of peers) peer.destroy();
      return outcome;
    },
  },
  {
    name: 'slow call',
    what: '500 connections, a byte of a call every 100 ms, for 5 s',
    async run(port, share) {
      const peers = await openMany(port, 500 * share, true);
      await Promise.all(peers.map((peer) => trickle(peer, slowCall, holdMs * share)));
      const outcome = summary(peers);
      for (const peer of peers) peer.destroy();
      return outcome;
    },
  },
];
