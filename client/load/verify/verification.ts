import { serverAddresses } from '../../api/address.ts';
import { type ClientOptions, openClient } from '../../api/client.ts';
import { UsageError } from '../../cli/exit.ts';
import type { ServerWords } from '../../cli/server-flags.ts';
import { checkHistory, type HistoryVerdict } from '../../linearizability/check.ts';
import type { History, HistoryColumns } from '../../linearizability/history.ts';
import { isWrite } from '../../linearizability/operation.ts';
import type { VerificationSummary } from '../report/summary.ts';
import { type HistoryPlan, operationsMax, searchedOperationsMax } from '../run/history-plan.ts';
import { HistoryRecorder, numberKeys, recordClient } from '../run/history-recorder.ts';
import { createKeys } from '../run/plan.ts';
import type { ThreadResults } from '../run/threads.ts';
import { type Preparation, prepareKeys } from './preparation.ts';
import { orUnread, type ReadBack, readByListing, readBySetting } from './read-back.ts';
import { summariseVerification } from './report.ts';

/** A run that is to be verified. */
export interface VerifiedPlan extends ServerWords {
  readonly keys: number;
  readonly seed: number;
  /** whether the server was empty and idle before, and nobody else uses it */
  readonly isFresh: boolean;
}

/** What the threads of a run have brought back: their records, and which of them died with it. */
type RecordedRun = ThreadResults<{ readonly history?: HistoryColumns }>;

/** A verification that has begun: all keys are set. */
export interface Verification {
  readonly historyPlan: HistoryPlan;
  /** so many calls of the load can be recorded */
  readonly callsMax: number;
  /** @throws UsageError when so many calls of the load cannot be recorded */
  refuseAbove(calls: number): void;
  /** Reads everything back, and judges the whole. */
  finish(run: RecordedRun): Promise<VerificationSummary>;
}

/** A server that was killed may need a while until it is there again. */
const returnMs = 30_000;

/**
 * Sets all keys, and finds out what the server tells.
 *
 * @throws NumStoreClientError when that fails
 */
export async function beginVerification(plan: VerifiedPlan): Promise<Verification> {
  const originNs = process.hrtime.bigint();
  const recorder = new HistoryRecorder(originNs);
  const keys = createKeys(plan.keys);
  const numbers = numberKeys(plan.keys);
  await using client = await openClient(clientOf(plan));
  const preparation = await prepareKeys(client, recordClient(client, recorder, numbers), { ...plan, keys });
  const isSearched = !preparation.tellsOrder;
  const callsMax = isSearched ? searchedOperationsMax : operationsMax;
  return {
    historyPlan: { originNs, isSearched },
    callsMax,
    refuseAbove: (calls) => {
      if (calls > callsMax) throw new UsageError([`--verify: ${describeLimit(isSearched, calls)}`]);
    },
    finish: async ({ tallies, lost }) => {
      for (const { history } of tallies) if (history !== undefined) recorder.history.append(history);
      const lostWrites = countLost(recorder.history);
      const back: ReadBack =
        lost.length > 0
          ? { kind: 'unread', reason: `${lost.length} threads died with their record` }
          : await orUnread(readAgain(plan, { recorder, numbers, preparation }, lostWrites));
      const judged = judge(plan, recorder.history, { preparation, back });
      return summariseVerification({ judged, history: recorder.history, lostWrites, isSearched, plan });
    },
  };
}

function clientOf({ host, port, security }: VerifiedPlan): ClientOptions {
  return { host, port, ...security };
}

function describeLimit(isSearched: boolean, calls: number): string {
  return isSearched
    ? `this server tells no order of its writes; expected at most ${searchedOperationsMax} calls to search one in, got ${calls}`
    : `expected at most ${operationsMax} calls, got ${calls}`;
}

interface Begun {
  readonly recorder: HistoryRecorder;
  readonly numbers: ReadonlyMap<string, number>;
  readonly preparation: Preparation;
}

async function readAgain(
  plan: VerifiedPlan,
  { recorder, numbers, preparation }: Begun,
  lostWrites: number,
): Promise<ReadBack> {
  await using client = await openClient({ ...clientOf(plan), connectTimeoutMs: returnMs });
  const recorded = recordClient(client, recorder, numbers);
  const parts = { client, recorded, recorder, keys: numbers, seed: plan.seed };
  if (preparation.tellsOrder) return await readByListing(parts);
  const back = await readBySetting(parts, preparation.foreign);
  // a write without an answer may take effect even now: the search considers that, a sum cannot
  return lostWrites > 0 ? { kind: 'considered' } : back;
}

function judge(
  { host, port, isFresh }: VerifiedPlan,
  history: History,
  { preparation, back }: { readonly preparation: Preparation; readonly back: ReadBack },
): HistoryVerdict {
  const servers = serverAddresses(host, port);
  return checkHistory(history, {
    hasRevisions: preparation.tellsOrder,
    held: 'unknown',
    isAlone: isFresh,
    isFresh,
    hasOneCache: servers.length === 1 && servers[0]?.isEach === false,
    finalRead: back.kind === 'read' ? back.finalRead : undefined,
    doubt: back.kind === 'unread' ? back.reason : undefined,
  });
}

function countLost(history: History): number {
  let lost = 0;
  for (let at = 0; at < history.length; at++) {
    const { kind, outcome } = history.at(at);
    if (outcome === 'unknown' && isWrite(kind)) lost++;
  }
  return lost;
}
