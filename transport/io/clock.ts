/** The source of time. Tests bring their own. */
export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Runs `task` once, in `ms`. Returns a function that cancels it. */
  after(ms: number, task: () => void): () => void;
  /** Runs `task` every `ms`. Returns a function that stops it. Does not keep the process alive. */
  every(ms: number, task: () => void): () => void;
}

/** Longest delay of a Node timer, in milliseconds: 24.8 days. A longer one fires at once. */
export const delayMaxMs = 2_147_483_647;

/** The process's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, Math.min(ms, delayMaxMs));
    return () => clearTimeout(timer);
  },
  every(ms, task) {
    const timer = setInterval(task, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};
