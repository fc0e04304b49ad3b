/** Milliseconds in each unit of `grpc-timeout`. */
const unitMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};

/** At most eight digits and a unit. */
const syntax = /^(\d{1,8})([HMSmun])$/;
const digitsMax = 99_999_999;

/**
 * Milliseconds that `text` (the value of `grpc-timeout`) allows, or undefined if it is no timeout.
 */
export function parseTimeout(text: string): number | undefined {
  const match = syntax.exec(text);
  const perUnit = unitMs[match?.[2] ?? ''];
  return match === null || perUnit === undefined ? undefined : Number(match[1]) * perUnit;
}

/**
 * The value of `grpc-timeout` for `ms`: in the finest unit whose eight digits hold it, rounded up,
 * never 0.
 */
export function formatTimeout(ms: number): string {
  const fine: readonly (readonly [unit: string, perUnit: number])[] = [
    ['u', 0.001],
    ['m', 1],
    ['S', 1_000],
    ['M', 60_000],
  ];
  const asked = Math.max(ms, 0.001);
  for (const [unit, perUnit] of fine) {
    const count = Math.ceil(asked / perUnit);
    if (count <= digitsMax) return `${count}${unit}`;
  }
  return `${Math.min(digitsMax, Math.ceil(asked / 3_600_000))}H`;
}
