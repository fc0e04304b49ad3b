import { abortable, type Caller } from '../../domain/caller.ts';
import { NumStoreError } from '../../domain/errors.ts';
import type { Key } from '../../domain/key.ts';
import type { Lock } from '../../domain/lock.ts';
import { storeFull, unavailable } from '../ledger.ts';
import { listPages, type Position } from '../listing.ts';
import { describeStore } from '../spec.ts';
import type {
  Added,
  Deleted,
  Entry,
  ListQuery,
  ReadSection,
  Store,
  StoreOptions,
  StoreStats,
  StoreStatus,
  Written,
} from '../store.ts';
import { isDemoted, offline, toFault } from './faults.ts';
import { openLink, type RedisLink } from './link.ts';
import { readPage, readStats, readValue, readWrite, type WriteReply } from './replies.ts';

export interface RedisStoreOptions extends StoreOptions {
  /** redis://HOST:PORT/N */
  readonly url: URL;
  /** @default 'default' */
  readonly namespace?: string;
  /**
   * Replicas that must confirm a write before it is acknowledged; others may see it before. That is not consensus:
   * a failover to a replica that lags can still lose it.
   * @default 0
   */
  readonly redisWait?: number;
  /**
   * How long Redis may leave a command without an answer.
   * @default 2000
   */
  readonly answerMsMax?: number;
  /** @default false: functions where Redis has them */
  readonly asScripts?: boolean;
}

/**
 * A store that many servers share. One procedure of Redis is one write, alone and whole: the lock of the data is
 * there, and ours guards only what `then` of `read` touches. A write is as durable as Redis is configured to be.
 * @throws RangeError if the namespace is none; NumStoreError STORE_UNAVAILABLE if Redis cannot be reached
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  const { url, namespace = 'default' } = options;
  if (!/^[^{}\s]{1,100}$/.test(namespace)) {
    throw new RangeError('Expected a namespace of 1 to 100 characters without spaces and braces');
  }
  let status: StoreStatus = 'serving';
  const link = await openLink({
    ...options,
    onChange: (isUp, cause) => {
      const next = isUp ? 'serving' : 'away';
      if (next === status) return;
      status = next;
      options.onStatus?.(status, cause);
    },
  }).catch((cause: unknown) => {
    const where = describeStore({ kind: 'redis', url });
    const why = cause instanceof Error && cause.message !== '' ? cause.message : String(cause);
    throw unavailable(`Cannot use the Redis at ${where}: ${why}`, cause);
  });
  return new RedisStore(options, link, keysOf(namespace), () => status);
}

/** Names of the values, of their order, of the total and of the revision. */
type StoreKeys = readonly [values: string, order: string, total: string, revision: string];

/** The braces put all keys of a namespace into one slot of a cluster: a procedure may touch only one. */
function keysOf(namespace: string): StoreKeys {
  const prefix = `numstore:{${namespace}}`;
  return [`${prefix}:values`, `${prefix}:order`, `${prefix}:total`, `${prefix}:revision`];
}

class RedisStore implements Store {
  readonly #lock: Lock;
  readonly #keysMax: number;
  readonly #link: RedisLink;
  readonly #keys: StoreKeys;
  readonly #statusOf: () => StoreStatus;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(
    { lock, keysMax = Number.MAX_SAFE_INTEGER }: StoreOptions,
    link: RedisLink,
    keys: StoreKeys,
    statusOf: () => StoreStatus,
  ) {
    this.#lock = lock;
    this.#keysMax = keysMax;
    this.#link = link;
    this.#keys = keys;
    this.#statusOf = statusOf;
  }

  get status(): StoreStatus {
    return this.#statusOf();
  }

  async set(key: Key, value: bigint, caller: Caller): Promise<Written> {
    const { total, revision } = await this.#change(caller, 'set', key, value);
    return { total, revision };
  }

  async add(key: Key, delta: bigint, caller: Caller): Promise<Added> {
    const { value, total, revision } = await this.#change(caller, 'add', key, delta);
    return { value, total, revision };
  }

  async delete(key: Key, caller: Caller): Promise<Deleted> {
    const reply = await this.#write(caller, 'delete', key);
    return reply.kind === 'done'
      ? { deleted: true, total: reply.total, revision: reply.revision }
      : { deleted: false, total: reply.total, revision: undefined };
  }

  async read<T>(key: Key, then: ReadSection<T>, caller: Caller): Promise<T> {
    const value = await this.#run(caller, false, async () =>
      readValue(await this.#link.get(this.#keys[0], key)),
    );
    return this.#lock.run(() => then(value), caller.timing);
  }

  list(query: ListQuery, caller: Caller): AsyncIterable<readonly Entry[]> {
    return listPages(query, caller, (from, count) => this.#page(caller, from, count));
  }

  stats(caller: Caller): Promise<StoreStats> {
    return this.#run(caller, false, async () => readStats(await this.#link.reads('stats', this.#keys, [])));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all(this.#underWay);
    this.#link.close();
  }

  /** Runs `work` until its caller is gone; `close` waits for it in any case. */
  #run<T>({ signal }: Caller, isWrite: boolean, work: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined)
      return Promise.reject(new NumStoreError('STOPPING', 'The store is closed'));
    if (this.#statusOf() === 'away') return Promise.reject(offline());
    if (signal.aborted) return Promise.reject(signal.reason);
    const result = work().catch((error: unknown) => {
      if (isDemoted(error)) this.#link.renew(new Error('This Redis has become a replica'));
      throw toFault(error, isWrite);
    });
    const settled = result.catch(() => undefined).finally(() => this.#underWay.delete(settled));
    this.#underWay.add(settled);
    return abortable(result, signal);
  }

  #write(
    caller: Caller,
    kind: 'set' | 'add' | 'delete',
    key: Key,
    number = '',
  ): Promise<Exclude<WriteReply, { kind: 'full' }>> {
    return this.#run(caller, true, async () => {
      const procedure = kind === 'delete' ? 'free' : 'write';
      const sent = this.#link.writes(procedure, this.#keys, [kind, key, number, String(this.#keysMax)]);
      // Asked for in the same turn as the write, so that it covers it.
      const confirmed = this.#link.confirm();
      confirmed.catch(() => undefined);
      const reply = readWrite(await sent);
      if (reply.kind === 'full') throw storeFull(this.#keysMax);
      if (reply.kind === 'done') await confirmed;
      return reply;
    });
  }

  async #change(
    caller: Caller,
    kind: 'set' | 'add',
    key: Key,
    number: bigint,
  ): Promise<Extract<WriteReply, { kind: 'done' }>> {
    const reply = await this.#write(caller, kind, key, String(number));
    if (reply.kind === 'same')
      throw new NumStoreError('STORE_CORRUPT', `Redis left a ${kind} without effect`);
    return reply;
  }

  #page(caller: Caller, { key, inclusive }: Position, count: number): Promise<readonly Entry[]> {
    return this.#run(caller, false, async () => {
      const start = `${inclusive ? '[' : '('}${key}`;
      return readPage(await this.#link.reads('page', this.#keys, [start, String(count)]));
    });
  }
}
