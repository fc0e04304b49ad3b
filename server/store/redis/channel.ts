import type { Address } from '../redis-place.ts';
import { type Access, type Client, connectClient, errorCode } from './client.ts';
import { sha, source } from './source.ts';

/**
 * Sends a command. Commands of one turn of the event loop go out together, and are answered in order.
 * @throws Error with a code (see errorCode) if Redis refused it; any other Error if the connection broke, and Redis
 * may have run it
 */
export type Send = (command: readonly string[]) => Promise<unknown>;

/** What our script can do; see source.ts. */
type Procedure = 'write' | 'read' | 'page' | 'stats' | 'probe' | 'rights' | 'barrier' | 'migrate';

export interface ChannelOptions {
  readonly address: Address;
  readonly access: Access;
  /** How long Redis may leave a command without an answer before the channel ends. */
  readonly answerMsMax: number;
  /** How long a connection may take to come about. */
  readonly connectMsMax: number;
  /** Redis serves keys that a slot brings along only to who asks so (ASKING). */
  readonly isAsking: boolean;
  /** Called when it has ended by itself. */
  readonly onEnd: (cause: unknown) => void;
}

/** Ticks are counted, not time: a process that was suspended must not take its own sleep for that of Redis. */
export const ticksPerAnswer = 8;

/** One connection that ends when Redis is silent. What has no answer by then is rejected, and never sent again. */
export class Channel {
  readonly #client: Client;
  readonly #options: ChannelOptions;
  /** The commands without an answer, oldest first, and the tick at which each was sent. */
  readonly #unanswered = new Map<symbol, number>();
  #tick = 0;

  private constructor(client: Client, options: ChannelOptions) {
    this.#client = client;
    this.#options = options;
  }

  static async open(options: ChannelOptions): Promise<Channel> {
    const { address, access, connectMsMax, onEnd } = options;
    return new Channel(await connectClient(address, access, connectMsMax, onEnd), options);
  }

  readonly send: Send = async (command) => {
    const id = Symbol();
    this.#unanswered.set(id, this.#tick);
    try {
      // It holds for the next command alone, which goes out right behind it; its own answer tells nothing.
      if (this.#options.isAsking) this.#client.send(['ASKING']).catch(() => undefined);
      return await this.#client.send(command);
    } finally {
      this.#unanswered.delete(id);
    }
  };

  async run(procedure: Procedure, keys: readonly string[], args: readonly string[] = []): Promise<unknown> {
    const rest = [String(keys.length), ...keys, procedure, ...args];
    try {
      return await this.send(['EVALSHA', sha, ...rest]);
    } catch (error) {
      // Redis says that it has run nothing, so this is no repetition.
      if (errorCode(error) !== 'NOSCRIPT') throw error;
      return this.send(['EVAL', source, ...rest]);
    }
  }

  /** Counts time: to be called `ticksPerAnswer` times in `answerMsMax`. */
  tick(): void {
    this.#tick += 1;
    const [oldest] = this.#unanswered.values();
    if (oldest !== undefined && this.#tick - oldest > ticksPerAnswer) {
      this.#options.onEnd(new Error(`Redis has not answered for ${this.#options.answerMsMax} ms`));
    }
  }

  destroy(): void {
    this.#client.destroy();
  }
}
