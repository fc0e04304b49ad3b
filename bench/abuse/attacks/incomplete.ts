import { setTimeout as rest } from 'node:timers/promises';
import { data, frame, headers, message, request, Type } from '../../../test/transport/support/frames.ts';
import { type Attack, patience } from '../attack.ts';
import { Peer, summary } from '../peer.ts';

const oddId = (index: number): number => 2 * index + 1;
const frameBytes = 15_000;
const largest = message(Buffer.alloc(65_536));
/** Until a request must be complete, its fair rate left aside, and some seconds more. */
const holdMs = 15_000;

/** The head of a call, and 60 KB of the 64 KiB that its message announces. */
function unfinished(index: number): Buffer {
  const id = oddId(index);
  const frames = Array.from({ length: 4 }, (_, at) =>
    data(id, largest.subarray(at * frameBytes, (at + 1) * frameBytes), 0),
  );
  return Buffer.concat([headers(id, request('/NumStore/SetNum')), ...frames]);
}

/** The head of a call whose header list never ends: a HEADERS frame, and one of CONTINUATION. */
const endless = Buffer.concat([
  frame(Type.headers, 0, 1, Buffer.alloc(16_000)),
  frame(Type.continuation, 0, 1, Buffer.alloc(16_000)),
]);

/** The same pieces on `connections` connections, which answer PINGs and hold for `holdMs` what they have. */
async function hold(
  port: number,
  share: number,
  connections: number,
  each: number,
  piece: (index: number) => Buffer,
): Promise<string> {
  const peers = await Promise.all(
    Array.from({ length: Math.ceil(connections * share) }, () => Peer.open(port)),
  );
  for (const peer of peers) peer.answerPings();
  const sent = await Promise.all(peers.map((peer) => peer.flood(each, piece, holdMs)));
  await rest(patience(holdMs, share));
  const outcome = `${sent.reduce((sum, count) => sum + count, 0)} sent; ${summary(peers)}`;
  for (const peer of peers) peer.destroy();
  return outcome;
}

/** Requests that never come to their end, on connections that are alive. */
export const incomplete: readonly Attack[] = [
  {
    name: 'unfinished requests',
    what: '40 connections with 130 calls each, of which 60 of 64 KiB come, held for 15 s',
    run: (port, share) => hold(port, share, 40, 130, unfinished),
  },
  {
    name: 'unfinished requests from many connections',
    what: '1000 connections with 5 such calls each, held for 15 s',
    run: (port, share) => hold(port, share, 1_000, 5, unfinished),
  },
  {
    name: 'unfinished header lists',
    what: '1000 connections with 32 KB of a header list each, held for 15 s',
    run: (port, share) => hold(port, share, 1_000, 1, () => endless),
  },
];
