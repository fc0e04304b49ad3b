import { readdirSync, readFileSync } from 'node:fs';

/** What a process holds at one moment. */
export interface Sample {
  /** Minutes since the load began. */
  readonly minutes: number;
  readonly residentMb: number;
  /** Open files, sockets among them. */
  readonly handles: number;
  readonly threads: number;
}

/** Looks into /proc. @throws Error of node:fs when the process has ended */
export function sampleProcess(pid: number, minutes: number): Sample {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return {
    minutes,
    residentMb: field('VmRSS') / 1024,
    handles: readdirSync(`/proc/${pid}/fd`).length,
    threads: field('Threads'),
  };
}
