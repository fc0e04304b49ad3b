/** Milliseconds with three decimals, or n/a where there is no sample. */
export function formatMs(ms: number | undefined): string {
  return ms === undefined ? 'n/a' : `${ms.toFixed(3)} ms`;
}
