/** When the calls of one thread are due. */
export type Schedule = (index: number) => number;

/**
 * Calls at even distances: the threads take turns, so that together they keep `perSecond`.
 *
 * @returns milliseconds from the common start
 */
export function createSchedule(perSecond: number, thread: number, threads: number): Schedule {
  return (index) => ((index * threads + thread) * 1000) / perSecond;
}

/** Wakes up once, a given time from now; a new order replaces the one before. */
export interface Alarm extends Disposable {
  set(inMs: number): void;
}

/** A timer of Node may be late by more than a millisecond: it is used only up to this long before. */
const timerLateMs = 2;

/**
 * An alarm that is late by microseconds, not by a timer's half a millisecond: the last two milliseconds it goes round
 * with the event loop, which keeps a core busy, and answers what arrives meanwhile.
 *
 * @param now the clock whose milliseconds count
 */
export function createAlarm(now: () => number, onWake: () => void): Alarm {
  let wakeAtMs = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  const arm = (): void => {
    const leftMs = wakeAtMs - now();
    if (leftMs > timerLateMs) timer = setTimeout(look, leftMs - timerLateMs);
    else turn = setImmediate(look);
  };
  const look = (): void => {
    timer = undefined;
    turn = undefined;
    if (now() >= wakeAtMs) onWake();
    else arm();
  };
  return {
    set(inMs) {
      wakeAtMs = now() + inMs;
      if (turn !== undefined) return; // it goes round already, and looks at the new time
      clearTimeout(timer);
      arm();
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      clearImmediate(turn);
    },
  };
}
