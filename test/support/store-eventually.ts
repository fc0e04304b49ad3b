import { setTimeout as delay } from 'node:timers/promises';

/** Resolves once `isSo` answers true; what it throws meanwhile counts as false. */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  msMax = 20_000,
): Promise<void> {
  const deadline = performance.now() + msMax;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      if (await isSo()) return;
    } catch (error) {
      last = error;
    }
    await delay(5);
  }
  throw new Error(`Expected within ${msMax} ms: ${what}`, { cause: last });
}
