import type { Output } from '../terminal.ts';

/** Shorter work needs no progress line. */
const quietMs = 2000;
const intervalMs = 200;
const eraseLine = '\r\u001b[K';

/**
 * Shows one changing line on a terminal, from two seconds on, until closed; shows nothing elsewhere.
 *
 * @param describe what the line says now
 */
export function openProgress(output: Output, describe: () => string): Disposable {
  if (output.isTTY !== true) return { [Symbol.dispose]: () => undefined };
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
    [Symbol.dispose]: () => {
      clearTimeout(timer); // clears an interval too: Node has one kind of timer
      if (isShown) output.write(eraseLine);
      isShown = false;
    },
  };
}
