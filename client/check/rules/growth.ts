/** The times of two calls, right after each other. */
export interface Pair {
  readonly setMs: number;
  readonly factMs: number;
}

/** The medians of many pairs. */
export type Times = Pair;

/** Above this latency fewer pairs are measured. */
const fastMs = 5;
const pairsFast = 60;
const pairsSlow = 24;
/** Pairs that must have grown: see `isGrown`. */
const grownFast = 52;
const grownSlow = 24;

/** Least growth of SetNum, relative to Fact and in milliseconds. */
const factor = 1.25;
const leastMs = 0.03;

/** How many pairs to measure, at this latency. */
export function pairsAt(latencyMs: number): number {
  return latencyMs <= fastMs ? pairsFast : pairsSlow;
}

export function summarize(pairs: readonly Pair[]): Times {
  return {
    setMs: median(pairs.map(({ setMs }) => setMs)),
    factMs: median(pairs.map(({ factMs }) => factMs)),
  };
}

/**
 * Whether SetNum has surely become slower beside Fact. Lots are drawn which call of a pair comes first: a
 * disturbance of the machine, whatever it is, hits SetNum with probability 1/2 at most. On a correct server
 * a pair therefore counts with probability 1/2 at most, and with p(k of n) of the binomial distribution
 *
 *     p(52 or more of 60) = 2.6e-9,  p(24 of 24) = 6.0e-8.
 *
 * A rule looks at 15 measurements at most (5 stages, of which the last is measured up to 4 times), so that
 * it fails a correct server with a probability below 15 * 6.0e-8 = 9e-7.
 */
export function isGrown(pairs: readonly Pair[], before: Times): boolean {
  const ratio = factor * Math.max(1, before.setMs / before.factMs);
  const bound = factor * before.setMs + leastMs;
  const grown = pairs.filter(({ setMs, factMs }) => setMs > ratio * factMs && setMs > bound).length;
  return grown >= (pairs.length >= pairsFast ? grownFast : grownSlow);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
