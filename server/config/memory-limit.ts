import { readFileSync } from 'node:fs';
import { memoryEstimate } from '../factorial/engine.ts';
import { FACTORIAL_N_MAX } from '../factorial/size.ts';

/** Where a container sees the limits of its memory: cgroup version 2, then version 1. */
const files = [
  '/sys/fs/cgroup/memory.max',
  '/sys/fs/cgroup/memory.high',
  '/sys/fs/cgroup/memory/memory.limit_in_bytes',
] as const;

/** What a server takes that holds nothing: V8, four workers, the code (measured: 94 MB on either transport). */
const serverBytes = 96 * 2 ** 20;
/** What a server needs to be of use: factorials up to some 200 000!. */
export const memoryBytesMin = 112 * 2 ** 20;

/** Bytes of memory that the cgroup of this process may take; `undefined` where there is no limit. */
export function readMemoryLimit(read: (file: string) => string | undefined = readText): number | undefined {
  // "max" is no number, and version 1 says 2^63, rounded to pages, where there is no limit.
  const limits = files.map((file) => Number(read(file))).filter((limit) => limit < Number.MAX_SAFE_INTEGER);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** A share of what the limit leaves beside the server itself. */
export function shareOf(limitBytes: number, share: number): number {
  return Math.max(0, Math.floor((limitBytes - serverBytes) * share));
}

/** The largest n whose computation takes at most `bytes`, at least 0. */
export function largestWithin(bytes: number): number {
  let [fits, tooLarge] = [0, FACTORIAL_N_MAX + 1];
  while (tooLarge - fits > 1) {
    const n = Math.floor((fits + tooLarge) / 2);
    if (memoryEstimate(n) <= bytes) fits = n;
    else tooLarge = n;
  }
  return fits;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
