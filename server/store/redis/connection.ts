import { setTimeout as delay } from 'node:timers/promises';
import { type Client, connectClient } from './client.ts';
import { offline } from './faults.ts';

/**
 * Sends a command. Commands of one turn of the event loop go out together, and are answered in order.
 * @throws NumStoreError STORE_UNAVAILABLE if there is no connection, so that nothing was sent; Error with a
 * code (see errorCode) if Redis refused it; any other Error if the connection broke, and Redis may have run it
 */
export type Send = (command: readonly string[]) => Promise<unknown>;

export interface ConnectionOptions {
  readonly url: URL;
  /** How long Redis may leave a command without an answer before the connection counts as dead. */
  readonly answerMsMax: number;
  /** Runs on each new connection, and now and then while nothing else goes on; if it rejects, so is the connection. */
  readonly inspect: (send: Send) => Promise<void>;
  /** Runs on each new connection after `inspect`, before it counts as up; if it rejects, likewise. */
  readonly prepare: (send: Send) => Promise<void>;
  readonly onChange: (isUp: boolean, cause: unknown) => void;
}

/**
 * A connection to Redis that comes back by itself. Commands do not: what was sent on a connection that breaks is
 * rejected and never sent again, and nothing is queued while there is no connection.
 */
export interface Connection {
  readonly send: Send;
  /** Gives the present connection up, and begins a new one. */
  renew(cause: unknown): void;
  close(): void;
}

const retryMsMin = 50;
const retryMsMax = 1000;
/** Ticks are counted, not time: a process that was suspended must not take its own sleep for that of Redis. */
const ticksPerAnswer = 8;

/**
 * Connects, and resolves when the connection is up.
 * @throws Error of the first attempt
 */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const connection = new ReconnectingConnection(options);
  try {
    await connection.connect();
  } catch (error) {
    connection.close();
    throw error;
  }
  return connection;
}

class ReconnectingConnection implements Connection {
  readonly #options: ConnectionOptions;
  readonly #ticker: NodeJS.Timeout;
  /** The commands without an answer, oldest first, and the tick at which each was sent. */
  readonly #unanswered = new Map<symbol, number>();
  #tick = 0;
  /** Set while the connection is up. */
  #client: Client | undefined;
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#ticker = setInterval(() => this.#onTick(), options.answerMsMax / ticksPerAnswer);
    this.#ticker.unref();
  }

  readonly send: Send = async (command) => {
    if (this.#client !== undefined) return this.#ask(this.#client, command);
    throw offline();
  };

  async connect(): Promise<void> {
    let ended: { readonly cause: unknown } | undefined;
    let lose = (cause: unknown): void => {
      ended ??= { cause };
    };
    const client = await connectClient(this.#options.url, (cause) => lose(cause));
    try {
      const send: Send = (command) => this.#ask(client, command);
      await this.#options.inspect(send);
      await this.#options.prepare(send);
      if (ended !== undefined) throw ended.cause;
      if (this.#isClosed) throw new Error('The connection was closed meanwhile');
    } catch (error) {
      client.destroy();
      throw error;
    }
    lose = (cause) => this.#lose(client, cause);
    this.#client = client;
    this.#options.onChange(true, undefined);
  }

  renew(cause: unknown): void {
    if (this.#client !== undefined) this.#lose(this.#client, cause);
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#ticker);
    this.#client?.destroy();
    this.#client = undefined;
  }

  async #ask(client: Client, command: readonly string[]): Promise<unknown> {
    const id = Symbol();
    this.#unanswered.set(id, this.#tick);
    try {
      return await client.send(command);
    } finally {
      this.#unanswered.delete(id);
    }
  }

  #onTick(): void {
    this.#tick += 1;
    const client = this.#client;
    if (client === undefined) return;
    const [oldest] = this.#unanswered.values();
    if (oldest === undefined) {
      // Nothing else would notice a Redis that hangs, or is a replica now, while nobody asks for anything.
      this.#options.inspect(this.send).catch((cause: unknown) => this.#lose(client, cause));
    } else if (this.#tick - oldest > ticksPerAnswer) {
      this.#lose(client, new Error(`Redis has not answered for ${this.#options.answerMsMax} ms`));
    }
  }

  #lose(client: Client, cause: unknown): void {
    // A connection ends once, though it may be told twice.
    if (client !== this.#client) return;
    this.#client = undefined;
    client.destroy();
    this.#options.onChange(false, cause);
    void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    for (let waitMs = retryMsMin; !this.#isClosed; waitMs = Math.min(2 * waitMs, retryMsMax)) {
      try {
        return await this.connect();
      } catch {
        await delay(waitMs, undefined, { ref: false });
      }
    }
  }
}
