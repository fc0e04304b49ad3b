import type { Observer } from '../rpc/observer.ts';

/** Whether a call is of our own services: those of the others may last as long as a connection, and are not slow. */
export function isOwnCall({ path }: { readonly path: string }): boolean {
  return path.startsWith('/NumStore');
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
