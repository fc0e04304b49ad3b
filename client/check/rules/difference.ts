import type { Check } from '../check.ts';
import { CheckFailure, type Observation } from '../failure.ts';
import type { Session } from '../session.ts';

const samples = 60;
const measurements = 3;
const confirmations = 2;
/** The first calls are slower everywhere, until both sides have compiled what they run: 0.3 ms became 0.1 ms here. */
const warmUpCalls = 5_000;
const inFlight = 64;
/** Filling takes at most so long: a server that sums anew gets slower all the time. */
const fillMs = 20_000;
/** To be sure, so many times the keys are stored. */
const manyMore = 3;

/** The total is adjusted, not summed again: seen from outside, a SetNum takes no longer when there are many keys. */
export const difference: Check = {
  id: 'difference',
  requirement: 'do not loop over all entries to update the total: compare the new value with the old one',
  hint: 'sum(values) in SetNum: add new - old to a variable instead',
  needs: ['wire', 'totals'],
  run: async (session) => {
    const { keys } = session.options;
    await repeat([0, Math.min(warmUpCalls, keys)], () => session.setNum('d', 1n));
    const before = await measureBest(session);
    const store = (next: number) => session.setNum(`many${next}`, 1n);
    const stored = await repeat([0, keys], store);
    const after = await measureBest(session);
    const observed = observe(before, [stored, after]);
    if (growth(before, after) <= Math.max(0.03, before.setMs / 10)) return observed;
    // it may be noise; a loop over all entries takes three times as long with three times the keys, and noise does not
    const more = await repeat([stored, manyMore * keys], store);
    let surely = observed;
    for (let again = 0; again < confirmations; again++) {
      const later = await measureBest(session);
      surely = observe(before, [more, later]);
      const grown = growth(before, later);
      const isLoop = grown > Math.max(0.1, 0.4 * before.setMs) && grown > 1.7 * growth(before, after);
      if (!isLoop) return surely;
    }
    throw new CheckFailure(surely);
  },
};

interface Times {
  readonly setMs: number;
  readonly factMs: number;
}

function observe(before: Times, [keys, after]: readonly [number, Times]): Observation {
  const show = ({ setMs, factMs }: Times): string => `${setMs.toFixed(2)} ms (Fact ${factMs.toFixed(2)} ms)`;
  return {
    sent: `SetNum of one key, ${measurements * samples} times, first alone, then with ${keys} more keys stored; Fact as the control`,
    came: `SetNum took ${show(before)} before, ${show(after)} with ${keys} more keys`,
  };
}

/** How much slower SetNum has become beside the control, which has the machine's good and bad times, too. */
function growth(before: Times, after: Times): number {
  return after.setMs - after.factMs - (before.setMs - before.factMs);
}

/** The best of some measurements: other work on the machine only ever makes calls slower. */
async function measureBest(session: Session): Promise<Times> {
  let best = await measure(session);
  for (let again = 1; again < measurements; again++) {
    const { setMs, factMs } = await measure(session);
    best = { setMs: Math.min(best.setMs, setMs), factMs: Math.min(best.factMs, factMs) };
  }
  return best;
}

/** One call at a time, the two kinds in turn, so that both see the same machine. */
async function measure(session: Session): Promise<Times> {
  const sets: number[] = [];
  const facts: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    sets.push((await session.trySetNum('d', BigInt(sample % 7))).ms);
    facts.push((await session.tryFact('d')).ms);
  }
  return { setMs: undisturbed(sets), factMs: undisturbed(facts) };
}

/** The first quartile: a loop is in every call, what else the machine does is not. */
function undisturbed(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 2] ?? 0;
}

/** Calls for each number of a range, many at once, as far as time allows; answers where it ended. */
async function repeat(
  [from, to]: readonly [number, number],
  call: (next: number) => Promise<unknown>,
): Promise<number> {
  const until = performance.now() + fillMs;
  let next = from;
  const work = async (): Promise<void> => {
    while (next < to && performance.now() < until) await call(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return next;
}
