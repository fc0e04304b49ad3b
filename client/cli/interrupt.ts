/** SIGINT again within this time is the same wish: npm passes on what its terminal has sent to all. */
const sameWishMs = 1_000;

/** The process lasts this long after the first: while Node ends, the second would kill it. */
const secondMs = 100;

/**
 * Calls `react` at the first SIGINT. One that comes a second later or more ends the process at once,
 * as if nothing listened. Disposing stops listening, unless a SIGINT has come.
 */
export function onInterrupt(react: () => void): Disposable {
  let firstAt: number | undefined;
  const listen = (): void => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      setTimeout(() => {}, secondMs);
      react();
    } else if (now - firstAt >= sameWishMs) {
      process.off('SIGINT', listen);
      process.kill(process.pid, 'SIGINT');
    }
  };
  process.on('SIGINT', listen);
  return {
    [Symbol.dispose]() {
      if (firstAt === undefined) process.off('SIGINT', listen);
    },
  };
}
