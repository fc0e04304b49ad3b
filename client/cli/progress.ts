import type { Output } from './terminal.ts';

/** Shorter work needs no progress line. */
const quietMs = 2000;
const intervalMs = 200;
const eraseLine = '\r\u001b[K';

/** One changing line on a terminal; disposing of it erases it. */
export interface ProgressLine extends Disposable {
  /**
   * Brings the line up to date before work that lets no timer run.
   *
   * @param isLong show it even if it was not shown yet, for that work alone takes two seconds
   */
  refresh(isLong: boolean): void;
}

/**
 * Shows one changing line on a terminal, from two seconds on, until closed; shows nothing elsewhere.
 *
 * @param describe what the line says now
 */
export function openProgress(output: Output, describe: () => string): ProgressLine {
  if (output.isTTY !== true) return { refresh: () => undefined, [Symbol.dispose]: () => undefined };
  let isShown = false;
  const show = (): void => {
    isShown = true;
    output.write(`${eraseLine}${describe()}`);
  };
  let timer = setTimeout(() => {
    show();
    timer = setInterval(show, intervalMs);
  }, quietMs);
  return {
    refresh: (isLong) => {
      if (isShown || isLong) show();
    },
    [Symbol.dispose]: () => {
      clearTimeout(timer); // clears an interval too: Node has one kind of timer
      if (isShown) output.write(eraseLine);
      isShown = false;
    },
  };
}

/** `[#####.....]  50 %` for `done` of `all`. */
export function drawBar(done: number, all: number, width = 30): string {
  const fraction = all === 0 ? 0 : Math.min(1, done / all);
  const filled = Math.floor(fraction * width);
  const percent = `${Math.floor(100 * fraction)}`.padStart(3);
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${percent} %`;
}
