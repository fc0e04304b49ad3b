import type { Address } from '../redis-place.ts';
import { Channel } from './channel.ts';
import { type Access, errorCode } from './client.ts';
import { nextAfter } from './faults.ts';
import { createReplicas, type Replicas } from './replicas.ts';
import { readStats } from './replies.ts';

export interface SessionOptions {
  readonly access: Access;
  readonly answerMsMax: number;
  /** Replicas that must confirm each write. */
  readonly redisWait: number;
  /** The keys of the namespace, and behind them the one that only older versions had. */
  readonly keys: readonly string[];
  readonly legacyKey: string;
  /** The last revision that was acknowledged on any session. */
  readonly acknowledged: () => bigint;
  /** Called with the revision that is there instead. */
  readonly onLoss: (found: bigint) => void;
}

/** Where a session leads. */
export interface Target {
  readonly address: Address;
  /** Redis serves the keys that a slot brings along only to a connection that asks so. */
  readonly isAsking: boolean;
}

/**
 * Two connections to one master: WAIT holds up the one that carries the writes, and a listing would hold up its
 * answers. Reads see every acknowledged write all the same, since the same server had run it by then: where one
 * connection is lost, or leads to another server, both end. A server that does not say who it is has one for both.
 */
export class Session {
  readonly target: Target;
  readonly writes: Channel;
  readonly reads: Channel;
  readonly replicas: Replicas;
  /** Whether its nodes know each other, as those of a cluster do. */
  readonly isCluster: boolean;
  /** Why Redis would refuse a write now, or everything; `undefined` if it would not. */
  fault: unknown;
  readonly #options: SessionOptions;
  readonly #history: string | undefined;
  #users = 0;
  #isRetired = false;
  #isInspecting = false;

  private constructor(parts: {
    target: Target;
    options: SessionOptions;
    isCluster: boolean;
    history: string | undefined;
    writes: Channel;
    reads: Channel;
  }) {
    this.target = parts.target;
    this.writes = parts.writes;
    this.reads = parts.reads;
    this.isCluster = parts.isCluster;
    const { redisWait, answerMsMax } = parts.options;
    this.replicas = createReplicas(this.writes.send, redisWait, answerMsMax / 2);
    this.#options = parts.options;
    this.#history = parts.history;
  }

  /**
   * Opens both connections, and makes sure that they lead to one master that serves the keys.
   * @param onEnd called when the session has ended by itself, once it is open
   * @throws Error of the connection; Error with a code if the server at `target` is not the one
   */
  static async open(
    target: Target,
    options: SessionOptions & { readonly connectMsMax: number },
    onEnd: (session: Session, cause: unknown) => void,
  ): Promise<Session> {
    const opened: Channel[] = [];
    let ended: { readonly cause: unknown } | undefined;
    let end = (cause: unknown): void => {
      ended ??= { cause };
    };
    const openChannel = async (): Promise<Channel> => {
      const { access, answerMsMax, connectMsMax } = options;
      const limits = { answerMsMax, connectMsMax };
      const channel = await Channel.open({ ...target, ...limits, access, onEnd: (cause) => end(cause) });
      opened.push(channel);
      return channel;
    };
    try {
      const writes = await openChannel();
      const isCluster = (await readMode(writes)) === 'cluster';
      const history = (await readIdentity(writes))?.history;
      const reads = history === undefined ? writes : await openChannel();
      if (reads !== writes && (await readIdentity(reads))?.history !== history) {
        throw new Error('two servers answer at this address: name the master');
      }
      const session = new Session({ target, options, isCluster, history, writes, reads });
      await session.#prepare();
      if (ended !== undefined) throw ended.cause;
      end = (cause) => onEnd(session, cause);
      return session;
    } catch (error) {
      // A connection that ends while it is being prepared says more about the reason than what then fails.
      const reason = ended !== undefined && errorCode(error) === undefined ? ended.cause : error;
      for (const channel of opened) channel.destroy();
      throw reason;
    }
  }

  /** Runs `work`, for whose end a retired session waits. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    this.#users += 1;
    try {
      return await work();
    } finally {
      this.#users -= 1;
      if (this.#isRetired && this.#users === 0) this.destroy();
    }
  }

  /** To be called `ticksPerAnswer` times in `answerMsMax`: nothing else would notice a Redis that hangs, or has changed. */
  tick(onInspected: () => void, onFailed: (cause: unknown) => void): void {
    this.writes.tick();
    if (this.reads !== this.writes) this.reads.tick();
    if (this.#isInspecting) return;
    this.#isInspecting = true;
    this.#inspect()
      .then(onInspected, onFailed)
      .finally(() => {
        this.#isInspecting = false;
      });
  }

  /** Rewrites the total of an older version, in one step. @throws Error with the code CORRUPT if it is none */
  async migrate(): Promise<void> {
    const { keys, legacyKey } = this.#options;
    await this.writes.run('migrate', [...keys, legacyKey]);
  }

  /** No more commands come: it ends when those under way have their answers, or Redis is silent. */
  retire(): void {
    this.#isRetired = true;
    if (this.#users === 0) this.destroy();
    else setTimeout(() => this.destroy(), this.#options.answerMsMax).unref();
  }

  destroy(): void {
    this.writes.destroy();
    this.reads.destroy();
  }

  async #prepare(): Promise<void> {
    const { keys, redisWait } = this.#options;
    await this.#tryOut('probe');
    if (this.fault === undefined) await this.#tryOut('rights');
    if (redisWait === 0 || this.fault !== undefined) return;
    const written = this.writes.run('barrier', keys);
    void this.replicas.written().catch(() => undefined);
    await written;
  }

  async #inspect(): Promise<void> {
    const reading = this.reads === this.writes ? undefined : readMode(this.reads);
    const [identity] = await Promise.all([
      readIdentity(this.writes),
      readMode(this.writes),
      this.#tryOut('probe'),
      reading,
    ]);
    if (identity?.history !== this.#history) throw new Error('another history of writes began on this Redis');
    const { redisWait } = this.#options;
    if (identity !== undefined && identity.replicas < redisWait) {
      this.fault ??= new Error(
        `it has ${identity.replicas} replicas, and --redis-wait asks for ${redisWait}`,
      );
    }
  }

  /** Leaves in `fault` what passes by itself. @throws Error if another server must be looked for */
  async #tryOut(procedure: 'probe' | 'rights'): Promise<void> {
    const { keys, acknowledged, onLoss } = this.#options;
    // What was acknowledged by now must be found.
    const least = acknowledged();
    try {
      const reply = await this.writes.run(procedure, keys).catch(async (error: unknown) => {
        if (nextAfter(error) !== 'migrate') throw error;
        await this.migrate();
        return this.writes.run(procedure, keys);
      });
      this.fault = undefined;
      if (procedure === 'rights') return;
      const { revision } = readStats(reply);
      if (revision < least) onLoss(revision);
    } catch (error) {
      const next = nextAfter(error);
      // Keys on the move arrive soon; calls wait for them.
      if (next === 'again') return;
      if (next !== 'wait' && next !== 'write') throw error;
      this.fault = error;
    }
  }
}

/** Of the server behind `channel`: standalone, cluster or sentinel. @throws Error if it is no master */
async function readMode(channel: Channel): Promise<string> {
  const reply = await channel.send(['HELLO']);
  const [mode, role] = ['mode', 'role'].map((name) => {
    return Array.isArray(reply) ? String(reply[reply.indexOf(name) + 1]) : '';
  });
  // A replica in a cluster names the master when it is asked for a key.
  if (role === 'replica' && mode !== 'cluster') throw new Error('it is a replica; name the master');
  return mode ?? '';
}

interface Identity {
  /** The process, and the history of writes that it has: another one has begun after a promotion. */
  readonly history: string;
  readonly replicas: number;
}

/** `undefined` where Redis does not let this user see it. */
async function readIdentity(channel: Channel): Promise<Identity | undefined> {
  try {
    const sections = ['server', 'replication'].map((section) => channel.send(['INFO', section]));
    const info = (await Promise.all(sections)).join('\n');
    const field = (name: string): string | undefined => new RegExp(`^${name}:(\\S*)`, 'm').exec(info)?.[1];
    const history = `${field('run_id')} ${field('master_replid')}`;
    return { history, replicas: Number(field('connected_slaves')) };
  } catch (error) {
    if (errorCode(error) === 'NOPERM') return undefined;
    throw error;
  }
}
