import type { Call } from '../rpc/call.ts';

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

/** Whether a call is of our own services: those of the others may last as long as a connection, and are not slow. */
export function isOwnCall({ path }: { readonly path: string }): boolean {
  return path.startsWith('/NumStore');
}

/** A factorial computed by the pool. */
export interface EndedTask {
  readonly n: number;
  readonly waitMs: number;
  readonly runMs: number;
}

/** Tells all of `observers` everything, in their order. */
export function observeAll(observers: readonly Observer[]): Observer {
  return {
    callStarted(path) {
      for (const observer of observers) observer.callStarted(path);
    },
    callEnded(call) {
      for (const observer of observers) observer.callEnded(call);
    },
    taskEnded(task) {
      for (const observer of observers) observer.taskEnded(task);
    },
    lockWaited(ms, at) {
      for (const observer of observers) observer.lockWaited(ms, at);
    },
    lockHeld(ms, at) {
      for (const observer of observers) observer.lockHeld(ms, at);
    },
  };
}
