import type { Check, Result } from './check.ts';
import { CheckFailure, CheckSkip } from './failure.ts';
import {
  aliveGarbage,
  aliveMissing,
  aliveNegative,
  aliveOverflow,
  aliveTooLarge,
  findSilence,
} from './rules/alive.ts';
import { cacheMax, cacheRoom, eviction, hit } from './rules/cache.ts';
import { concurrent } from './rules/concurrent.ts';
import { concurrentFact } from './rules/concurrent-fact.ts';
import { difference } from './rules/difference.ts';
import { edges } from './rules/edges.ts';
import { factorialValues } from './rules/factorials.ts';
import { byNumber, stale } from './rules/freshness.ts';
import { keys } from './rules/keys.ts';
import { lock } from './rules/lock.ts';
import { missing, negative, oneAnswer, tooLarge } from './rules/refusals.ts';
import { totals, zero } from './rules/totals.ts';
import { missingCache, refusedCache, setCache } from './rules/untouched.ts';
import { speaks } from './rules/wire.ts';
import type { Session } from './session.ts';

/** All checks, in the order in which they run: what may break a server comes after what may not. */
export const checks: readonly Check[] = [
  speaks,
  totals,
  factorialValues,
  zero,
  stale,
  keys,
  hit,
  byNumber,
  cacheMax,
  cacheRoom,
  setCache,
  eviction,
  concurrent,
  concurrentFact,
  difference,
  missing,
  aliveMissing,
  missingCache,
  negative,
  aliveNegative,
  tooLarge,
  aliveTooLarge,
  refusedCache,
  oneAnswer,
  edges,
  aliveOverflow,
  aliveGarbage,
  lock,
];

/**
 * Runs the checks one after the other. A check whose needs have not passed is skipped, so that one fault makes one
 * line red; so are all when the server has stopped answering.
 */
export async function* runChecks(checks: readonly Check[], session: Session): AsyncGenerator<Result> {
  const passed = new Set<string>();
  let deadSince: string | undefined;
  for (const [index, check] of checks.entries()) {
    const missing = check.needs.find((id) => !passed.has(id));
    // what asks right then whether the server goes on says what became of it
    const isAsked =
      check.id.startsWith('alive-') &&
      checks[index - 1]?.id === deadSince &&
      !deadSince?.startsWith('alive-');
    const obstacle = isAsked ? undefined : (deadSince ?? missing);
    if (obstacle !== undefined) {
      const came =
        deadSince === undefined ? `${obstacle} has not passed` : `no answers since ${obstacle} failed`;
      yield { check, verdict: 'SKIP', sent: 'nothing', came, hint: check.hint, ms: 0 };
      continue;
    }
    const result = await runCheck(check, session);
    if (result.verdict === 'PASS') passed.add(check.id);
    if (result.verdict === 'FAIL' && passed.has('wire') && (await findSilence(session)) !== undefined)
      deadSince = check.id;
    yield result;
  }
}

async function runCheck(check: Check, session: Session): Promise<Result> {
  const begun = performance.now();
  const result = (
    verdict: Result['verdict'],
    { sent, came }: { sent: string; came: string },
    hint = check.hint,
  ) => ({
    check,
    verdict,
    sent,
    came,
    hint,
    ms: performance.now() - begun,
  });
  try {
    return result('PASS', await check.run(session));
  } catch (error) {
    if (error instanceof CheckSkip) return result('SKIP', error.observation);
    if (!(error instanceof CheckFailure)) throw error;
    return result('FAIL', error.observation, error.hint);
  }
}
