import type { FactorialResult } from '../factorial/result.ts';

/** A task with its caller: settled once, whatever happens to the workers that try it. */
export interface Job {
  readonly n: number;
  readonly queuedAt: number;
  /** Workers that died on it. */
  deaths: number;
  resolve(result: FactorialResult): void;
  reject(error: Error): void;
}
