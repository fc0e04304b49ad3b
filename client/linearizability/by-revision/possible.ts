import type { Operation } from '../operation.ts';
import type { Held } from '../reads.ts';

/** What a key may hold: one thing, unless writes on it have no answer. */
export type Possible = readonly Held[];

/** Keys with more possibilities than this are taken as unknown, which excludes nothing. */
const possibleMax = 64;

/** What a key may hold after each of these writes without an answer has taken effect or not, in whatever order. */
export function afterLost(before: Possible, lost: readonly Operation[]): Possible {
  // sums of any of them on top of any of the rest: not worth telling apart
  if (lost.some(({ kind }) => kind === 'addNum')) return ['unknown'];
  const after = new Set(before);
  for (const { kind, argument } of lost) after.add(kind === 'deleteNum' ? 'absent' : argument);
  return after.has('unknown') || after.size > possibleMax ? ['unknown'] : [...after];
}
