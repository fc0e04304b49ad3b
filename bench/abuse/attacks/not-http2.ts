import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as rest } from 'node:timers/promises';
import { connect } from 'node:tls';
import { preface } from '../../../test/transport/support/frames.ts';
import { type Attack, patience } from '../attack.ts';
import { Peer, summary } from '../peer.ts';

const closeWithinMs = 3_000;
/** Connections that are open at the same time. */
const width = 50;

/** A share of `most` connections that say no hello, `width` at a time; each does `work`, and is given time to be closed. */
async function connections(
  port: number,
  share: number,
  most: number,
  work: (peer: Peer) => Promise<void>,
): Promise<string> {
  const count = most * share;
  const peers: Peer[] = [];
  for (let start = 0; start < count; start += width) {
    const some = await Promise.all(
      Array.from({ length: Math.min(width, count - start) }, async () => {
        const peer = await Peer.open(port, false);
        await work(peer);
        await peer.closed(patience(closeWithinMs, share));
        return peer;
      }),
    );
    peers.push(...some);
  }
  const outcome = summary(peers);
  for (const peer of peers) peer.destroy();
  return outcome;
}

const request = Buffer.from('GET / HTTP/1.1\r\nHost: numstore\r\nConnection: keep-alive\r\n\r\n');

async function hello(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  const failed = once(socket, 'error').then(() => true);
  const secure = once(socket, 'secureConnect').then(() => false);
  // Whichever comes second is of no interest.
  secure.catch(() => undefined);
  const isRefused = await Promise.race([failed, secure, rest(closeWithinMs, false, { ref: false })]);
  socket.destroy();
  return isRefused;
}

/** What is not HTTP/2 at all. */
export const notHttp2: readonly Attack[] = [
  {
    name: 'random bytes',
    what: '500 connections, 64 KB each',
    run: (port, share) => connections(port, share, 500, (peer) => peer.send(randomBytes(65_536))),
  },
  {
    name: 'HTTP/1',
    what: '500 connections with a GET',
    run: (port, share) => connections(port, share, 500, (peer) => peer.send(request)),
  },
  {
    name: 'TLS to the clear port',
    what: '200 handshakes',
    async run(port, share) {
      const count = Math.ceil(200 * share);
      let refused = 0;
      for (let tried = 0; tried < count; tried++) if (await hello(port)) refused += 1;
      return `${refused} of ${count} handshakes refused`;
    },
  },
  {
    name: 'preface in fragments',
    what: '500 connections, a byte at a time, every second one wrong in its last byte',
    async run(port, share) {
      let index = 0;
      return connections(port, share, 500, async (peer) => {
        const isWrong = index++ % 2 === 0;
        for (const byte of preface.subarray(0, -1)) await peer.send(Buffer.from([byte]));
        await peer.send(Buffer.from(isWrong ? '?' : '\n'));
        if (!isWrong) peer.destroy();
      });
    },
  },
];
