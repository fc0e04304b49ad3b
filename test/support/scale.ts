/** 1 in `npm test`; 10 in `npm run test:long`, where the counts are those that the promises name. */
export const scale = Number(process.env['NUMSTORE_TEST_SCALE'] ?? '1');

/** Whether this is the long suite. */
export const isLong = scale >= 10;

/** A count: `long` in the long suite, `short` otherwise. */
export function count(short: number, long: number): number {
  return isLong ? long : short;
}
