import { type Bucket, countBuckets } from '../../stats/buckets.ts';
import {
  type Distribution,
  describeHistograms,
  describeSamples,
  exactSamplesMax,
} from '../../stats/distribution.ts';
import {
  addHistogram,
  countedRanges,
  createHistogram,
  fineBits,
  type LogHistogram,
  sumHistograms,
} from '../../stats/log-histogram.ts';
import { sortSamples } from '../../stats/percentile.ts';
import { type OutcomeName, outcomeIndex, outcomes } from '../run/outcome.ts';
import type { Recording } from '../run/recorder.ts';
import type { Samples } from '../run/samples.ts';

/** The groups of calls that have a distribution of their own, and which outcomes belong to each. */
const groups = {
  SetNum: ['SetNum'],
  Fact: ['Fact, hit', 'Fact, miss', 'Fact, error'],
  'Fact, hit': ['Fact, hit'],
  'Fact, miss': ['Fact, miss'],
  'Fact, error': ['Fact, error'],
  GetNum: ['GetNum'],
  AddNum: ['AddNum'],
  DeleteNum: ['DeleteNum'],
} as const satisfies Readonly<Record<string, readonly OutcomeName[]>>;

export type GroupName = keyof typeof groups;

const replies: readonly OutcomeName[] = outcomes.filter(({ isReply }) => isReply).map(({ name }) => name);
const failures: readonly OutcomeName[] = outcomes.filter(({ isReply }) => !isReply).map(({ name }) => name);

/** All distributions of a run. */
export interface Distributions {
  /** of all replies, from when they were due */
  readonly latency: Distribution | null;
  /** of the same, from when they were sent: what a closed loop would have told */
  readonly fromSend: Distribution | null;
  /** sent - due, of all calls; null in a closed loop, as is the next */
  readonly sendLag: Distribution | null;
  /** the generator's own part of it: the rest waited until one call more was allowed */
  readonly ownLag: Distribution | null;
  /** times until failed calls had failed */
  readonly failureTime: Distribution | null;
  readonly groups: Readonly<Partial<Record<GroupName, Distribution>>>;
  /** of `latency`; the last bucket there can be has no end: `toMs` is null in JSON */
  readonly histogram: readonly Bucket[];
}

type Span = (samples: Samples, index: number) => number;
const latencyOf: Span = ({ endMs, dueMs }, index) => Number(endMs[index]) - Number(dueMs[index]);
const fromSendOf: Span = ({ endMs, sentMs }, index) => Number(endMs[index]) - Number(sentMs[index]);
const sendLagOf: Span = ({ sentMs, dueMs }, index) => Number(sentMs[index]) - Number(dueMs[index]);
const ownLagOf: Span = ({ sentMs, readyMs }, index) => Number(sentMs[index]) - Number(readyMs[index]);

/**
 * The distributions over all threads: exact up to 100 000 samples, and wherever all were to be kept; else from
 * histograms, which are added.
 */
export function describeRun(
  recordings: readonly Recording[],
  { keepsAll, isOpen }: { readonly keepsAll: boolean; readonly isOpen: boolean },
): Distributions {
  const samples = recordings.map((recording) => recording.samples);
  const all = samples.reduce((sum, { outcome }) => sum + outcome.length, 0);
  const isExact = samples.every(({ dropped }) => dropped === 0) && (keepsAll || all <= exactSamplesMax);
  const describe = (
    names: readonly OutcomeName[],
    span: Span,
    pick: (recording: Recording) => readonly (LogHistogram | undefined)[],
  ): Distribution | null => {
    const wanted = new Set(names.map((name) => outcomeIndex[name]));
    if (isExact) return describeSamples(samples.map((part) => spansOf(part, wanted, span)));
    return describeHistograms(recordings.flatMap((recording) => sumOf(pick(recording), wanted)));
  };
  const latencies = (recording: Recording) => recording.latency;
  const both = [...replies, ...failures];
  const own: Partial<Record<GroupName, Distribution>> = {};
  for (const name of groupNames) {
    const distribution = describe(groups[name], latencyOf, latencies);
    if (distribution !== null) own[name] = distribution;
  }
  const latency = describe(replies, latencyOf, latencies);
  return {
    latency,
    fromSend: isOpen ? describe(replies, fromSendOf, (recording) => recording.fromSend) : latency,
    // one histogram over all outcomes: as good in the place of the first
    sendLag: isOpen ? describe(both, sendLagOf, ({ sendLag }) => [sendLag]) : null,
    ownLag: isOpen ? describe(both, ownLagOf, ({ ownLag }) => [ownLag]) : null,
    failureTime: describe(failures, latencyOf, latencies),
    groups: own,
    histogram: countBuckets(isExact ? countExactly(samples) : countRanges(recordings)),
  };
}

const replyPlaces: ReadonlySet<number> = new Set(replies.map((name) => outcomeIndex[name]));

/** The latencies of all replies, ascending. */
function* countExactly(samples: readonly Samples[]): Generator<readonly [number, number]> {
  const sorted = sortSamples(samples.map((part) => spansOf(part, replyPlaces, latencyOf)));
  for (const ms of sorted) yield [ms, 1];
}

/** The same from the histograms, within 0.1 %. */
function* countRanges(recordings: readonly Recording[]): Generator<readonly [number, number]> {
  const sum = sumHistograms(
    fineBits,
    recordings.map(({ latency }) => sumOf(latency, replyPlaces)),
  );
  for (const { fromMs, toMs, count } of countedRanges(sum)) yield [(fromMs + toMs) / 2, count];
}

export const groupNames: readonly GroupName[] = [
  'SetNum',
  'Fact',
  'Fact, hit',
  'Fact, miss',
  'Fact, error',
  'GetNum',
  'AddNum',
  'DeleteNum',
];

function spansOf(samples: Samples, wanted: ReadonlySet<number>, span: Span): Float64Array {
  const spans: number[] = [];
  for (const [index, outcome] of samples.outcome.entries()) {
    if (wanted.has(outcome)) spans.push(span(samples, index));
  }
  return Float64Array.from(spans);
}

function sumOf(histograms: readonly (LogHistogram | undefined)[], wanted: ReadonlySet<number>): LogHistogram {
  const sum = createHistogram(fineBits);
  for (const [index, histogram] of histograms.entries()) {
    if (histogram !== undefined && wanted.has(index)) addHistogram(sum, histogram);
  }
  return sum;
}
