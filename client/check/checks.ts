import type { Check } from './check.ts';
import { aliveGarbage, aliveMissing, aliveNegative, aliveOverflow, aliveTooLarge } from './rules/alive.ts';
import { cacheMax, cacheRoom, hit } from './rules/cache.ts';
import { concurrent } from './rules/concurrent.ts';
import { difference } from './rules/difference.ts';
import { edges } from './rules/edges.ts';
import { eviction } from './rules/eviction.ts';
import { byNumber, stale } from './rules/freshness.ts';
import { lock } from './rules/lock.ts';
import { missing, missingCache, negative, tooLarge } from './rules/refusals.ts';
import { factorialValues, totals, zero } from './rules/totals.ts';
import { speaks } from './rules/wire.ts';

/** All checks, in the order in which they run: what may break a server comes after what may not. */
export const checks: readonly Check[] = [
  speaks,
  totals,
  factorialValues,
  zero,
  stale,
  hit,
  byNumber,
  cacheMax,
  cacheRoom,
  eviction,
  concurrent,
  difference,
  missing,
  aliveMissing,
  missingCache,
  negative,
  aliveNegative,
  tooLarge,
  aliveTooLarge,
  edges,
  aliveOverflow,
  lock,
  aliveGarbage,
];
