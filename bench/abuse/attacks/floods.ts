import {
  block,
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  headers,
  message,
  request,
  Type,
  word,
} from '../../../test/transport/support/frames.ts';
import { type Attack, patience } from '../attack.ts';
import { Peer, summary } from '../peer.ts';
import { fromMany } from './from-many.ts';

/** A flood ends after so long, whatever the server does. */
const floodMs = 3_000;
/** Whoever is cut off comes back at once, so often. */
const connectionsMax = 50;
const closeWithinMs = 1_000;

/** Begins a call and breaks it off. */
const brokenOff = (index: number): Buffer =>
  Buffer.concat([head(oddId(index)), frame(Type.reset, 0, oddId(index), word(8))]);
const head = (id: number, flags = END_HEADERS): Buffer => headers(id, request('/NumStore/SetNum'), flags);
const oddId = (index: number): number => 2 * index + 1;
const ping = frame(Type.ping, 0, 0, '0000000000000000');
const settings = frame(Type.settings, 0, 0);
const emptyData = data(1, Buffer.alloc(0), 0);
const windowUpdate = frame(Type.window, 0, 0, word(1));
const priority = frame(Type.priority, 0, 1, '0000000010');
const fill = Buffer.alloc(16_000, 0);

/** :path as a literal that goes into the dynamic table: 4000 octets that one byte will stand for. */
const longPath = Buffer.concat([
  Buffer.from([0x44, 0x7f, 0xa1, 0x1e]),
  Buffer.from('/'),
  Buffer.alloc(3_999, 0xff),
]);
/** POST, http, an authority, and a content-type that goes into no table. */
const usual = Buffer.concat([
  Buffer.from([0x83, 0x86, 0x01, 1]),
  Buffer.from('a'),
  Buffer.from([0x0f, 0x10, 16]),
  Buffer.from('application/grpc'),
]);
const pathEntry = Buffer.from([0xbe]);
/** A request of 34 bytes or some more to a path of 4000 octets that is not served. */
const toLongPath = (id: number, path: Buffer, more: Buffer = noBytes): Buffer =>
  frame(Type.headers, END_HEADERS | END_STREAM, id, Buffer.concat([path, usual, more]));
const noBytes = Buffer.alloc(0);

/** Sends a share of `most` pieces over as many connections as it takes, one after the other. */
async function flood(
  port: number,
  share: number,
  most: number,
  piece: (index: number) => Buffer,
  before: readonly Buffer[] = [],
): Promise<string> {
  const count = most * share;
  const peers: Peer[] = [];
  const endAt = performance.now() + floodMs;
  let sent = 0;
  while (sent < count && peers.length < connectionsMax && performance.now() < endAt) {
    const peer = await Peer.open(port);
    peers.push(peer);
    await peer.send(...before);
    sent += await peer.flood(count - sent, piece, endAt - performance.now());
  }
  const last = peers.at(-1);
  // What the kernels hold is still on its way; where the flood is let through, nobody closes.
  await last?.send(ping);
  await last?.closed(patience(closeWithinMs, share));
  const outcome = `${sent} sent; ${summary(peers)}`;
  for (const peer of peers) peer.destroy();
  return outcome;
}

const plain = (name: string, bytes: Buffer, before: readonly Buffer[] = []): Attack => ({
  name: `${name} flood`,
  what: '1 000 000 frames, and back after each cut, for 3 s',
  run: (port, share) => flood(port, share, 1_000_000, () => bytes, before),
});

/** Frames without end that ask for work and bring none. */
export const floods: readonly Attack[] = [
  {
    name: 'rapid reset',
    what: '100 000 calls, each reset at once, and back after each cut, for 3 s',
    run: (port, share) => flood(port, share, 100_000, brokenOff),
  },
  {
    name: 'rapid reset from many connections',
    what: '100 000 calls over 20 connections at once, each reset at once',
    run: (port, share) => fromMany(port, share, 100_000, brokenOff),
  },
  {
    name: 'CONTINUATION flood',
    what: '10 000 frames of 16 KB that never end a header list, and back after each cut, for 3 s',
    run: (port, share) =>
      flood(port, share, 10_000, () => frame(Type.continuation, 0, 1, fill), [head(1, 0)]),
  },
  {
    name: 'empty CONTINUATION flood',
    what: '1 000 000 frames, and back after each cut, for 3 s',
    run: (port, share) => flood(port, share, 1_000_000, () => frame(Type.continuation, 0, 1), [head(1, 0)]),
  },
  plain('PING', ping),
  plain('SETTINGS', settings),
  plain('empty DATA', emptyData, [head(1)]),
  plain('WINDOW_UPDATE', windowUpdate),
  plain('PRIORITY', priority),
  {
    name: 'trailers without end',
    what: '100 000 calls of two header lists each, and back after each cut, for 3 s',
    run: (port, share) =>
      flood(port, share, 100_000, (index) =>
        Buffer.concat([head(oddId(index)), head(oddId(index), END_HEADERS | END_STREAM)]),
      ),
  },
  {
    name: 'echoed text',
    what: '100 000 calls of 34 bytes to a path of 4000 octets that is not served, and back after each cut, for 3 s',
    run: (port, share) =>
      flood(port, share, 100_000, (index) => toLongPath(oddId(index + 1), pathEntry), [
        toLongPath(1, longPath),
      ]),
  },
  {
    name: 'echoed text, no two calls alike',
    what: 'the same, each call with another field, over 20 connections',
    run: (port, share) =>
      fromMany(
        port,
        share,
        100_000,
        (index) => toLongPath(oddId(index + 1), pathEntry, block([['v', String(index)]])),
        [toLongPath(1, longPath)],
      ),
  },
  {
    name: 'cheap refusals',
    what: '100 000 calls of a method that does not exist, for 3 s',
    run: (port, share) =>
      flood(port, share, 100_000, (index) =>
        Buffer.concat([headers(oddId(index), request('/NumStore/Nothing')), data(oddId(index), message(''))]),
      ),
  },
];
