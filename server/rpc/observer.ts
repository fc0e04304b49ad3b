import type { Call } from './call.ts';

/**
 * Hears of what happens, as it happens. Whoever tells it does so in the middle of its own work: an observer
 * answers at once, and does not throw. Without one, nothing is measured.
 */
export interface Observer {
  /** A call of a method that is served has come in, as yet unread. @param path such as /NumStore/SetNum */
  callStarted(path: string): void;
  callEnded(call: EndedCall): void;
  /** A worker has computed a factorial. */
  taskEnded(task: EndedTask): void;
  /** A section waited so long for the lock, in milliseconds, until `at`, by the clock of `performance.now`. */
  lockWaited(ms: number, at: number): void;
  /** The lock was held so long, in milliseconds, by the sections that shared one acquisition. */
  lockHeld(ms: number, at: number): void;
}

/** A call with its outcome. */
export interface EndedCall {
  /** Such as /NumStore/SetNum: only of methods that are served. */
  readonly path: string;
  /** The name of its gRPC status, such as OK or NOT_FOUND. */
  readonly code: string;
  /** From the request's arrival until its answer was handed to the transport; of a stream, its last message. */
  readonly durationMs: number;
  /** When it ended, by the clock of `performance.now`. */
  readonly endedAt: number;
  /** With its metadata, and the timing that says where the time went. */
  readonly call: Call;
}

/** A factorial computed by the pool. */
export interface EndedTask {
  readonly n: number;
  readonly waitMs: number;
  readonly runMs: number;
}
