import { rootOf } from './factorials.ts';
import type { History } from './history.ts';
import { isFactorialAnswer } from './operation.ts';
import { createFindings, type Findings, type Verdict } from './verdict.ts';

/** The exercise allows a cache of so many entries. */
const entriesMax = 10;

/** A Fact that got a factorial. */
interface Sighting {
  readonly at: number;
  readonly start: number;
  readonly end: number;
  /** 0 and 1 have the same factorial and count as one, in favour of the server */
  readonly n: number;
}

interface Sightings {
  readonly hits: readonly Sighting[];
  readonly misses: readonly Sighting[];
  /** from when on a Fact without an answer may have filled the cache unseen */
  readonly blindFrom: number;
}

/** What a judgement of the cache may take for granted. */
export interface CacheRuleOptions {
  /** the history has every Fact that the server ever answered, so that its cache was empty @default false */
  readonly isFresh?: boolean | undefined;
}

/**
 * Checks the cache without knowing its policy. A result enters it only while a Fact that missed is under way; so in an
 * interval that no miss overlaps only what is there already can hit, and that is at most 10 numbers. On a fresh server
 * a hit on n needs, besides, a miss on n that began before the hit ended.
 */
export function checkCacheRule(history: History, { isFresh = false }: CacheRuleOptions = {}): Verdict {
  const findings = createFindings();
  const sightings = gather(history);
  checkQuietIntervals(sightings, findings);
  if (isFresh) checkOrigins(sightings, findings);
  return findings.verdict();
}

function gather(history: History): Sightings {
  const hits: Sighting[] = [];
  const misses: Sighting[] = [];
  let blindFrom = Number.POSITIVE_INFINITY;
  for (let at = 0; at < history.length; at++) {
    const operation = history.at(at);
    const { kind, outcome, start, end, hit, value } = operation;
    if (kind === 'fact' && outcome !== 'ok') blindFrom = Math.min(blindFrom, start);
    if (!isFactorialAnswer(operation)) continue;
    (hit ? hits : misses).push({ at, start, end, n: rootOf(value) ?? -1 });
  }
  const byStart = (a: Sighting, b: Sighting): number => a.start - b.start;
  return { hits: hits.sort(byStart), misses: misses.sort(byStart), blindFrom };
}

/** Walks the hits from one quiet interval to the next: from the end of all misses that began to the next beginning. */
function checkQuietIntervals({ hits, misses, blindFrom }: Sightings, findings: Findings): void {
  let next = 0;
  let quietFrom = Number.NEGATIVE_INFINITY;
  let seen = new Map<number, number>();
  for (const { at, start, end, n } of hits) {
    for (let miss = misses[next]; miss !== undefined && miss.start <= start; miss = misses[++next]) {
      quietFrom = Math.max(quietFrom, miss.end);
      seen = new Map();
    }
    const quietUntil = Math.min(misses[next]?.start ?? Number.POSITIVE_INFINITY, blindFrom);
    if (start <= quietFrom || end >= quietUntil) continue;
    seen.set(n, at);
    if (seen.size > entriesMax) {
      const sentence = `${seen.size} different numbers hit while no miss was under way: a cache of ${entriesMax} cannot hold them`;
      findings.violate(sentence, [...seen.values()]);
      seen = new Map(); // a new count: one violation for each group
    }
  }
}

function checkOrigins({ hits, misses, blindFrom }: Sightings, findings: Findings): void {
  const firstMiss = new Map<number, number>();
  for (const { n, start } of misses) if (!firstMiss.has(n)) firstMiss.set(n, start);
  for (const { at, n, end } of hits) {
    if (end >= blindFrom || (firstMiss.get(n) ?? Number.POSITIVE_INFINITY) < end) continue;
    findings.violate(`a hit on ${n} before anything could have computed ${n}!`, [at]);
  }
}
