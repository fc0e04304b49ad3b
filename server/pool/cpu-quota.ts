import { readFileSync } from 'node:fs';

/** Where a container sees its CPU quota: cgroup version 2, then version 1. */
const files = {
  v2: '/sys/fs/cgroup/cpu.max',
  v1Quota: '/sys/fs/cgroup/cpu/cpu.cfs_quota_us',
  v1Period: '/sys/fs/cgroup/cpu/cpu.cfs_period_us',
} as const;

/** The exercise's four. */
const workers = 4;

/** CPUs that this process may use by its cgroup, such as 1.5; `undefined` where there is no quota. */
export function readCpuQuota(read: (file: string) => string | undefined = readText): number | undefined {
  const [quota, period] = (read(files.v2) ?? `${read(files.v1Quota)} ${read(files.v1Period)}`)
    .trim()
    .split(/\s+/);
  const cpus = Number(quota) / Number(period);
  // "max", and -1 in version 1, mean that there is none.
  return Number.isFinite(cpus) && cpus > 0 ? cpus : undefined;
}

/**
 * How many workers may compute at once. A quota freezes the whole process once it is spent, whatever the niceness
 * of its threads, so one CPU of it is kept for the main thread; below two there is none to keep.
 */
export function computeConcurrency(quota: number | undefined): number {
  return quota === undefined ? workers : Math.min(workers, Math.max(1, Math.floor(quota) - 1));
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
