import { setImmediate as nextTurn } from 'node:timers/promises';
import { percentile } from '../report.ts';
import { type CallName, type End, Lane } from './lane.ts';
import type { Figures } from './verdict.ts';

export interface CallOrder {
  readonly kind: CallName;
  readonly port: number;
  readonly connections: number;
  /** Calls under way on each connection at most; those that would be more are not sent. */
  readonly inFlight: number;
  /** Calls per second of all connections together. */
  readonly rate: number;
  readonly seconds: number;
  /** Of them the first that do not count. */
  readonly skipSeconds: number;
}

/** Answers that are late are answers: they are waited for so long, in milliseconds. */
const lateMs = 1_000;

/** Sends calls at a rate that no client library reaches. @throws Error of node:net if nobody listens */
export async function sendCalls(order: CallOrder): Promise<Figures> {
  const { kind, port, connections, seconds, skipSeconds } = order;
  const lanes = await Promise.all(Array.from({ length: connections }, () => Lane.open(port, kind)));
  const startedAt = performance.now();
  for (const lane of lanes) lane.countsFrom = startedAt + skipSeconds * 1000;
  const notSent = await sendAll(lanes, order, startedAt);
  const until = performance.now() + lateMs;
  while (performance.now() < until && lanes.some(({ underWay }) => underWay > 0)) await nextTurn();
  for (const lane of lanes) lane.close();
  const count = (end: End): number => lanes.reduce((sum, { counts }) => sum + counts[end], 0);
  const times = (end: End): readonly number[] => lanes.flatMap((lane) => lane.times[end]);
  return {
    seconds: seconds - skipSeconds,
    served: count('served'),
    refused: count('refused'),
    failed: count('reset') + lanes.reduce((sum, { underWay }) => sum + underWay, 0),
    notSent,
    p50: percentile(times('served'), 0.5),
    p99: percentile(times('served'), 0.99),
    refusedP99: percentile(times('refused'), 0.99),
  };
}

/** Answers how many calls were due in the time that counts and could not be sent. */
async function sendAll(lanes: readonly Lane[], order: CallOrder, startedAt: number): Promise<number> {
  const { inFlight, rate, seconds, skipSeconds } = order;
  let due = 0;
  let turn = 0;
  let notSent = 0;
  for (;;) {
    const now = performance.now();
    if (now >= startedAt + seconds * 1000) return notSent;
    let left = Math.floor(((now - startedAt) / 1000) * rate) - due;
    due += left;
    const share = Math.ceil(left / lanes.length);
    while (left > 0) {
      const lane = lanes[turn++ % lanes.length];
      if (lane === undefined) return notSent;
      const asked = Math.min(share, left);
      const sent = Math.max(0, Math.min(asked, inFlight - lane.underWay));
      if (sent > 0) lane.send(sent, now);
      if (now >= startedAt + skipSeconds * 1000) notSent += asked - sent;
      left -= asked;
    }
    await nextTurn();
  }
}
