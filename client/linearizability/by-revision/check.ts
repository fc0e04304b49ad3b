import type { History } from '../history.ts';
import { createFindings, type Verdict } from '../verdict.ts';
import { orderWrites } from './order.ts';
import { placeOperations } from './place.ts';
import { type Beginning, replayWrites } from './replay.ts';
import { createVersions } from './versions.ts';

/**
 * Judges a history whose writes tell their revision: the order is known, so that it takes O(n log n). Each write must
 * follow by arithmetic from the one before it, the order must agree with the clock, and each read must lie between
 * two revisions. (That a history with a known order of writes is decided in this way is folklore; see P. B. Gibbons
 * and E. Korach, "Testing Shared Memories", SIAM J. Comput. 26, 1997, on why the unknown order is what makes it hard.)
 */
export function checkByRevision(history: History, beginning: Beginning = { held: 'unknown' }): Verdict {
  const findings = createFindings();
  const order = orderWrites(history, findings);
  replayWrites(history, order, findings, beginning);
  placeOperations(history, order, createVersions(history, order, beginning.held), findings);
  return findings.verdict();
}
