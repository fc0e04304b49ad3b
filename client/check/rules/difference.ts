import { randomInt } from 'node:crypto';
import type { Check } from '../check.ts';
import { CheckFailure, CheckSkip, type Observation } from '../failure.ts';
import type { Session } from '../session.ts';
import { isGrown, type Pair, pairsAt, summarize, type Times } from './growth.ts';

/** With fewer keys no loop shows, in whatever language. */
const keysMin = 500;
/** What a loop takes for a key in the languages that take least beside a call: a sum in Python. */
const msPerKey = 50e-6;
/** Keys of a stage, relative to the last one: a loop takes as many times as long. */
const stageFactor = 4;
const stagesMax = 5;
/** A growth that is neither there nor absent is measured again. */
const repeatsMax = 4;
/** The first calls are slower everywhere, until both sides have compiled what they run. */
const warmUpCalls = 2_000;
const warmUpMs = 1_000;
const settlingCalls = 15;
const inFlightMax = 64;
/** Filling takes at most so long: a server that sums anew gets slower all the time. */
const fillMs = 20_000;

/** The total is adjusted, not summed again: a SetNum takes no longer when there are many keys. */
export const difference: Check = {
  id: 'difference',
  requirement: 'do not loop over all entries to update the total: compare the new value with the old one',
  hint: 'sum(values) in SetNum: add new - old to a variable instead',
  needs: ['totals'],
  run: async (session) => {
    const { keys } = session.options;
    if (keys < keysMin)
      throw new CheckSkip({ sent: 'nothing', came: `a loop over ${keys} keys would not show: use --keys` });
    await repeat(session, { from: 0, to: Math.min(warmUpCalls, keys), ms: warmUpMs }, () =>
      session.setNum('d', 1n),
    );
    // one after the other again, for the latency
    for (let call = 0; call < settlingCalls; call++) await session.setNum('d', 1n);
    const setMs = session.latencyMs;
    if (visibleMs(setMs) > 10 * keys * msPerKey) throw hidden(setMs, keys);
    const before = summarize(await measure(session));
    return climb(session, before);
  },
};

interface Stage {
  readonly stored: number;
  readonly after: Times;
  readonly grewMs: number;
}

/** Stores more and more keys, until a growth is sure or all keys are stored. */
async function climb(session: Session, before: Times): Promise<Observation> {
  const { keys } = session.options;
  const until = performance.now() + fillMs;
  let last: Stage = { stored: 0, after: before, grewMs: 0 };
  for (let stage = 1 - stagesMax; stage <= 0 && performance.now() < until; stage++) {
    const range = {
      from: last.stored,
      to: Math.ceil(keys * stageFactor ** stage),
      ms: until - performance.now(),
    };
    const stored = await repeat(session, range, (next) => session.setNum(`many${next}`, 1n));
    const earlier = last;
    for (let repeat = 0; repeat < repeatsMax; repeat++) {
      const pairs = await measure(session);
      last = describeStage(before, summarize(pairs), stored);
      // a loop takes in proportion to the keys, other causes do not
      const isMore = last.grewMs > (earlier.grewMs * stored) / earlier.stored / 2;
      if (isGrown(pairs, before) && stored > 1.5 * earlier.stored && earlier.stored > 0 && isMore)
        throw new CheckFailure(observe(before, last));
      if (stage < 0 || last.grewMs <= visibleMs(before.setMs)) break;
    }
  }
  if (last.grewMs > visibleMs(before.setMs)) {
    const { sent, came } = observe(before, last);
    throw new CheckSkip({ sent, came: `${came}: too little to tell a loop from noise, use more --keys` });
  }
  if (visibleMs(before.setMs) > last.stored * msPerKey) throw hidden(before.setMs, last.stored);
  return observe(before, last);
}

function describeStage(before: Times, after: Times, stored: number): Stage {
  const grewMs = after.setMs - after.factMs - (before.setMs - before.factMs);
  return { stored, after, grewMs };
}

/** A smaller growth than this cannot be told from noise. */
function visibleMs(setMs: number): number {
  return Math.max(0.03, setMs / 4);
}

function hidden(setMs: number, keys: number): CheckSkip {
  const came = `a SetNum takes ${setMs.toFixed(2)} ms anyway, so that a loop over ${keys} keys would not show`;
  return new CheckSkip({ sent: 'SetNum of one key', came });
}

function observe(before: Times, { after, stored }: Stage): Observation {
  const show = ({ setMs, factMs }: Times): string => `${setMs.toFixed(2)} ms (Fact ${factMs.toFixed(2)} ms)`;
  return {
    sent: `SetNum of one key, first alone, then with up to ${stored} more keys stored; Fact as the control`,
    came: `SetNum took ${show(before)} before, ${show(after)} with ${stored} more keys`,
  };
}

/** One call at a time, in pairs of the two kinds; lots are drawn which comes first. */
async function measure(session: Session): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let left = pairsAt(session.latencyMs); left > 0; left--) {
    const isFactFirst = randomInt(2) === 1;
    const early = isFactFirst ? (await session.tryFact('d')).ms : 0;
    const setMs = (await session.trySetNum('d', BigInt(left % 7))).ms;
    pairs.push({ setMs, factMs: isFactFirst ? early : (await session.tryFact('d')).ms });
  }
  return pairs;
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

/** Calls for each number of a range, many at once, as far as time allows; returns where it ended. */
async function repeat(
  session: Session,
  { from, to, ms }: Range,
  call: (next: number) => Promise<unknown>,
): Promise<number> {
  const { latencyMs, options } = session;
  // a slow server with one thread still replies to the last of them in time
  const inFlight = Math.max(1, Math.min(inFlightMax, Math.floor(options.timeoutMs / (4 * latencyMs))));
  const until = performance.now() + ms;
  let next = from;
  const work = async (): Promise<void> => {
    while (next < to && performance.now() < until) await call(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return next;
}
