import { NumStoreError } from '../errors.ts';

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

/**
 * The total after a key's value goes from `before` to `after`: adjusted by the difference, never summed anew.
 * @throws NumStoreError OVERFLOW if it does not fit an int64
 */
export function adjustTotal(total: bigint, before: bigint, after: bigint): bigint {
  const adjusted = total - before + after;
  if (adjusted < int64Min || adjusted > int64Max) {
    throw new NumStoreError(
      'OVERFLOW',
      `The total would be ${adjusted}, which no int64 holds; nothing was changed`,
    );
  }
  return adjusted;
}
