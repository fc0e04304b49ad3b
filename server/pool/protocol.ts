import type { Claim } from './offers.ts';

/** What a worker is started with. */
export interface WorkerSettings {
  /** Int32s that both sides see, at the places named in `signals`. */
  readonly signals: SharedArrayBuffer;
  /** The short tasks on offer, see offers.ts. */
  readonly offers: SharedArrayBuffer;
  /** The number of this worker, from 0 on, by which its claims are known. */
  readonly worker: number;
  /** The niceness of the worker's thread, 0 to 19: how far it stands back behind the main thread. */
  readonly nice: number;
  /** URL of the engine's code. A bundled worker cannot find it beside itself. */
  readonly engineFile: string;
  /** An engine that has grown beyond this gives its memory back after the task. */
  readonly keptBytes: number;
}

/** What the Int32s of `WorkerSettings.signals` mean. */
export const signals = {
  /** Set by the pool: the id of the task that nobody waits for any more. The worker looks at it while it computes. */
  stop: 0,
  /** Set by the worker: 1 while BigInt computes, which cannot be stopped in the middle of a multiplication. */
  isFallingBack: 1,
  count: 2,
} as const;

/** A factorial that is known already. */
export interface Base {
  readonly n: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What the pool tells a worker: compute `n`!. A worker has one task at a time. */
export interface Task {
  readonly id: number;
  readonly n: number;
  /** A smaller factorial to multiply on from, where that is less work. */
  readonly base: Base | undefined;
}

/** What came of a task. */
export interface TaskResult {
  /** n! as an unsigned big-endian integer, and the SHA-256 of these bytes */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sha256: Uint8Array;
  /** The time that the computation took, its hash included. */
  readonly runMs: number;
  /** Whether the engine failed, and BigInt gave the answer. */
  readonly fellBack: boolean;
}

/** What a worker tells the pool. A fault has no message: it ends the thread, and the pool sees that. */
export type Reply =
  /** warm, and free for its first task */
  | { readonly kind: 'ready' }
  /** it saw that nobody waits, gave its task up, and is free */
  | { readonly kind: 'stopped' }
  | ({ readonly kind: 'done' } & TaskResult)
  /** the result of an offer that it claimed; its task goes on */
  | ({ readonly kind: 'claimed-done'; readonly claim: Claim } & TaskResult);
