import type { Send } from './connection.ts';
import { outcomeUnknown } from './faults.ts';

/** Resolves when enough replicas have every write that was sent before on the same connection. */
export type Confirm = () => Promise<void>;

/**
 * Confirms by WAIT. The writes of one turn of the event loop share one, because it holds up the connection.
 * @param count replicas that must have confirmed; with 0 nothing is asked
 */
export function createConfirm(send: Send, count: number, waitMs: number): Confirm {
  if (count === 0) return async () => undefined;
  let round: Promise<void> | undefined;

  const ask = async (): Promise<void> => {
    // Redis takes commands in order: those of this turn are sent before it.
    await new Promise((resolve) => setImmediate(resolve));
    round = undefined;
    const confirmed = Number(await send(['WAIT', String(count), String(waitMs)]));
    if (confirmed < count) {
      throw outcomeUnknown(`Applied, but confirmed by ${confirmed} of ${count} replicas within ${waitMs} ms`);
    }
  };

  return () => {
    round ??= ask();
    return round;
  };
}
