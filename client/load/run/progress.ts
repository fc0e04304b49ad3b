/** What the threads of a run share while it lasts: costs them no message. */
export type RunProgress = Int32Array;

/** The elements of `RunProgress`. */
export const progressAt = {
  /** calls that have ended */
  ended: 0,
  /** those of them that failed */
  failed: 1,
  /** 1 when no more calls are to be sent */
  isStopped: 2,
} as const;

export function createProgress(): RunProgress {
  return new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
}

/** Whether the run is to end with the calls that are under way. */
export function isStopped(progress: RunProgress): boolean {
  return Atomics.load(progress, progressAt.isStopped) !== 0;
}

/** Lets SIGINT stop a run, so that what it has seen is told; a second one ends the process at once, as usual. */
export function stopOnInterrupt(progress: RunProgress): Disposable {
  const stop = (): void => {
    Atomics.store(progress, progressAt.isStopped, 1);
  };
  process.once('SIGINT', stop);
  return { [Symbol.dispose]: () => process.off('SIGINT', stop) };
}
