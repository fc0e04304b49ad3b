import type { Send } from './channel.ts';

/** What replicas have confirmed of the writes of one connection. */
export interface Replicas {
  /** To be called in the turn of the event loop in which a write is sent, right after it. Otherwise as `settle`. */
  written(): Promise<string | undefined>;
  /**
   * Resolves when enough replicas have every write that was sent before it on the connection: with `undefined`, or with
   * what is missing.
   */
  settle(): Promise<string | undefined>;
}

const none: Replicas = { written: async () => undefined, settle: async () => undefined };

/**
 * Confirms by WAIT. The calls of one turn of the event loop share one, because it holds up the connection.
 * @param count replicas that must have confirmed; with 0 nothing is asked
 */
export function createReplicas(send: Send, count: number, waitMs: number): Replicas {
  if (count === 0) return none;
  let sent = 0;
  let confirmed = 0;
  /** The one that is yet to be sent, and the one that was sent last. */
  let round: Promise<string | undefined> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const ask = async (before: Promise<unknown>): Promise<string | undefined> => {
    // One at a time: a row of them would keep other commands waiting until Redis seems silent.
    await before.catch(() => undefined);
    // Redis takes commands in order: the writes of this turn are sent before it.
    await new Promise((resolve) => setImmediate(resolve));
    round = undefined;
    const covered = sent;
    const replicas = Number(await send(['WAIT', String(count), String(waitMs)]));
    if (replicas < count) return `confirmed by ${replicas} of ${count} replicas within ${waitMs} ms`;
    confirmed = Math.max(confirmed, covered);
    return undefined;
  };
  const settle = (): Promise<string | undefined> => {
    if (confirmed === sent) return Promise.resolve(undefined);
    if (round === undefined) {
      round = ask(last);
      last = round;
    }
    return round;
  };
  return {
    settle,
    written() {
      sent += 1;
      return settle();
    },
  };
}
