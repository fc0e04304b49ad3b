import { setTimeout as rest } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import {
  data,
  frame,
  headers,
  message,
  request,
  setting,
  Type,
  word,
} from '../../../test/transport/support/frames.ts';
import { type Attack, patience } from '../attack.ts';
import { factExactMessage, setNumMessage } from '../messages.ts';
import { Peer, summary } from '../peer.ts';

const oddId = (index: number): number => 2 * index + 1;
const answerMs = 30_000;
const closeWithinMs = 1_000;
/** A frame holds no more unless the server says so. */
const frameBytes = 16_384;
/** Key and number of the large answer: n! of 8 MB, and for a small share of 0.2 MB. */
const largeKey = 'abuse-large';
const largeN = (share: number): bigint => (share === 1 ? 3_100_000n : 100_000n);

const setNum = (id: number, key: string, value: bigint): Buffer =>
  Buffer.concat([headers(id, request('/NumStore/SetNum')), data(id, setNumMessage(key, value))]);

function inFrames(id: number, content: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let start = 0; start < content.length; start += frameBytes) {
    const isLast = start + frameBytes >= content.length;
    parts.push(data(id, content.subarray(start, start + frameBytes), isLast ? 1 : 0));
  }
  return Buffer.concat(parts);
}

async function each(
  port: number,
  share: number,
  most: number,
  bytes: (index: number) => Buffer,
): Promise<string> {
  const count = most * share;
  const peers: Peer[] = [];
  for (let index = 0; index < count; index++) {
    const peer = await Peer.open(port);
    peers.push(peer);
    await Promise.race([peer.send(bytes(index)), peer.answer(answerMs)]);
    await peer.answer(patience(closeWithinMs, share));
  }
  const outcome = summary(peers);
  for (const peer of peers) peer.destroy();
  return outcome;
}

/** Asks for one large answer on many connections, which `read` it as they like. */
async function readSlowly(
  port: number,
  share: number,
  read: (peer: Peer, call: readonly Buffer[]) => Promise<void>,
): Promise<string> {
  const factExact = (id: number): Buffer[] => [
    headers(id, request('/NumStoreExtended/FactExact')),
    data(id, factExactMessage(largeKey)),
  ];
  const first = await Peer.open(port);
  await first.send(setNum(1, largeKey, largeN(share)), ...factExact(3));
  const peers = await Promise.all(
    Array.from({ length: Math.ceil(50 * share) }, async () => {
      const peer = await Peer.open(port);
      await read(peer, factExact(1));
      return peer;
    }),
  );
  const outcome = summary(peers);
  for (const peer of [first, ...peers]) peer.destroy();
  return outcome;
}

/** As large as fits a request in its compressed form, and a thousand times that once it is not. */
const bomb = gzipSync(Buffer.alloc(60_000_000), { level: 9 });

/** Calls that cost more than they should, or that nobody wants the answer of. */
export const calls: readonly Attack[] = [
  {
    name: 'slow readers',
    what: '50 connections that ask for an answer of 8 MB and read nothing, for 5 s',
    run: (port, share) =>
      readSlowly(port, share, async (peer, call) => {
        peer.stopReading();
        await peer.send(...call);
        await rest(5_000 * share);
      }),
  },
  {
    name: 'trickling readers',
    what: '50 connections that ask for an answer of 8 MB and open their windows by a byte every second, for 15 s',
    run: (port, share) =>
      readSlowly(port, share, async (peer, call) => {
        await peer.send(frame(Type.settings, 0, 0, setting(4, 0)), ...call);
        for (let second = 0; second < 15 * share && !peer.isClosed; second++) {
          await peer.send(frame(Type.window, 0, 1, word(1)));
          await rest(patience(1_000, share));
        }
      }),
  },
  {
    name: 'oversize messages',
    what: '50 messages of 10 MB',
    run: (port, share) => {
      const large = message(Buffer.alloc(10_000_000));
      return each(port, share, 50, () =>
        Buffer.concat([headers(1, request('/NumStore/SetNum')), inFrames(1, large)]),
      );
    },
  },
  {
    name: 'messages that announce 4 GB',
    what: '500',
    run: (port, share) =>
      each(port, share, 500, () =>
        Buffer.concat([
          headers(1, request('/NumStore/SetNum')),
          data(1, Buffer.from('00ffffffff00', 'hex'), 0),
        ]),
      ),
  },
  {
    name: 'truncated messages',
    what: '500',
    run: (port, share) =>
      each(port, share, 500, () =>
        Buffer.concat([
          headers(1, request('/NumStore/SetNum')),
          data(1, setNumMessage('key', 1n).subarray(0, -2)),
        ]),
      ),
  },
  {
    name: 'gzip bombs',
    what: '50 messages of 60 KB that hold 60 MB',
    run: (port, share) =>
      each(port, share, 50, () =>
        Buffer.concat([
          headers(1, request('/NumStore/SetNum', { 'grpc-encoding': 'gzip' })),
          inFrames(1, message(bomb, 1)),
        ]),
      ),
  },
  {
    name: 'streams without end',
    what: '10 000 calls on one connection that never send their message, held for 3 s',
    async run(port, share) {
      const peer = await Peer.open(port);
      const sent = await peer.flood(
        10_000 * share,
        (index) => headers(oddId(index), request('/NumStore/SetNum')),
        3_000,
      );
      await rest(3_000 * share);
      const outcome = `${sent} sent; ${summary([peer])}`;
      peer.destroy();
      return outcome;
    },
  },
];
