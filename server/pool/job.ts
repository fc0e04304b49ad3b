import { performance } from 'node:perf_hooks';
import { NumStoreError } from '../domain/errors.ts';
import { memoryEstimate } from '../factorial/engine.ts';
import type { Base } from './protocol.ts';

/** Up to here n! takes less than a millisecond: 0.6 ms on the machine of bench/results/factorial-node20.md. */
const shortNMax = 30_000;

/** Whether n! is computed before anybody could wait for it. All that Fact has is short. */
export function isShort(n: number): boolean {
  return n <= shortNMax;
}

/** What the pool was asked for. */
export interface Request {
  readonly n: number;
  /** A smaller factorial to multiply on from. */
  readonly base?: Base | undefined;
}

/** A computed factorial, and where its time went. */
export interface Computed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sha256: Uint8Array;
  readonly waitMs: number;
  readonly runMs: number;
}

/** A request with its caller: settled once, whatever happens to the workers that try it. */
export interface Job {
  readonly request: Request;
  /** Memory that its computation may take at its height. */
  readonly memoryBytes: number;
  readonly queuedAt: number;
  /** Counts this job. */
  readonly tally: JobTally;
  waitMs: number;
  /** Workers that died on it. */
  deaths: number;
  resolve(computed: Computed): void;
  reject(error: Error): void;
}

/**
 * A job that waits from now on.
 * @param onAbort called when `signal` is aborted before the job is settled
 */
export function createJob(
  request: Request,
  tally: JobTally,
  caller: Pick<Job, 'resolve' | 'reject'>,
  signal: AbortSignal,
  onAbort: () => void,
): Job {
  const settle = (): void => signal.removeEventListener('abort', onAbort);
  signal.addEventListener('abort', onAbort);
  return {
    request,
    memoryBytes: memoryEstimate(request.n),
    queuedAt: performance.now(),
    tally,
    waitMs: 0,
    deaths: 0,
    resolve: (computed) => {
      settle();
      caller.resolve(computed);
    },
    reject: (error) => {
      settle();
      caller.reject(error);
    },
  };
}

/** A worker may die of its job once: the second death says that the job is to blame. */
const deathsMax = 2;

/** Counts the death of a worker that computed the job, which is rejected with WORKER_LOST unless this was the first. */
export function survivesDeath(job: Job, cause: Error): boolean {
  job.deaths += 1;
  if (job.deaths < deathsMax) return true;
  const message = `The computation of ${job.request.n}! was lost ${job.deaths} times; try again later`;
  job.reject(new NumStoreError('WORKER_LOST', message, { cause }));
  return false;
}

/** Counts jobs as they begin and end. */
interface JobTally {
  started(job: Job): void;
  /** @param fellBack whether BigInt gave the answer, since the engine had failed */
  ended(job: Job, runMs: number, fellBack: boolean): void;
}
