import { abortable, type Caller } from '../../domain/caller.ts';
import { NumStoreError } from '../../domain/errors.ts';
import type { Key } from '../../domain/key.ts';
import type { Lock } from '../../domain/lock.ts';
import { storeFull, unavailable } from '../ledger.ts';
import { listPages, type Position } from '../listing.ts';
import { describePlace, type RedisPlace } from '../redis-place.ts';
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
import type { RedisCredentials } from './client.ts';
import { corrupt, outcomeUnknown, toFault } from './faults.ts';
import { Link } from './link.ts';
import { readPage, readStats, readValue, readWrite, type WriteReply } from './replies.ts';
import type { Session } from './session.ts';

export interface RedisStoreOptions extends StoreOptions {
  readonly place: RedisPlace;
  /** @default 'default' */
  readonly namespace?: string;
  /**
   * Replicas that must confirm what an answer rests on, as far as this store has written it; others may see it before.
   * That is not consensus: a failover to a replica that lags can still lose it.
   * @default 0
   */
  readonly redisWait?: number;
  /**
   * How long Redis may leave a command without an answer.
   * @default 2000
   */
  readonly answerMsMax?: number;
  /** The name that the certificates of Redis must have. @default the host */
  readonly serverName?: string | undefined;
  /** Asked before each connection; the place has user and password, too. @default none */
  readonly credentials?: () => RedisCredentials;
}

const answerMsDefault = 2000;

/**
 * A store that many servers share. One run of a script of Redis is one write, alone and whole: the lock of the data is
 * there, and ours guards only what `then` of `read` touches. A write is as durable as Redis is configured to be.
 * @throws RangeError if the namespace is none; NumStoreError STORE_UNAVAILABLE if Redis cannot be used
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  const { place, namespace = 'default', redisWait = 0, answerMsMax = answerMsDefault } = options;
  const { serverName, credentials = () => ({}) } = options;
  if (!/^[^{}\s]{1,100}$/.test(namespace)) {
    throw new RangeError('Expected a namespace of 1 to 100 characters without spaces and braces');
  }
  const prefix = `numstore:{${namespace}}`;
  const keys = ['values', 'order', 'total'].map((part) => `${prefix}:${part}`);
  let status: StoreStatus = 'serving';
  let acknowledged = 0n;
  const link = await Link.open({
    place,
    redisWait,
    answerMsMax,
    keys,
    legacyKey: `${prefix}:revision`,
    access: {
      isTls: place.isTls,
      serverName,
      database: place.database,
      credentials: () => ({ username: place.username, password: place.password, ...credentials() }),
    },
    acknowledged: () => acknowledged,
    onLoss: (found) => {
      options.onLoss?.({ acknowledged, found });
      acknowledged = found;
    },
    onChange: (isServing, cause) => {
      status = isServing ? 'serving' : 'away';
      options.onStatus?.(status, cause);
    },
  }).catch((cause: unknown) => {
    const why = cause instanceof Error && cause.message !== '' ? cause.message : String(cause);
    const { code } = toFault(cause, false);
    throw new NumStoreError(code, `Cannot use the Redis at ${describePlace(place)}: ${why}`, { cause });
  });
  const acknowledge = (revision: bigint): void => {
    if (revision > acknowledged) acknowledged = revision;
  };
  return new RedisStore(options, link, keys, { statusOf: () => status, acknowledge });
}

/** What a store shares with its link. */
interface Ties {
  readonly statusOf: () => StoreStatus;
  /** Remembers the highest of the revisions that it is told. */
  readonly acknowledge: (revision: bigint) => void;
}

class RedisStore implements Store {
  readonly #lock: Lock;
  readonly #keysMax: number;
  readonly #link: Link;
  readonly #keys: readonly string[];
  readonly #valuesKey: string;
  readonly #statusOf: () => StoreStatus;
  readonly #acknowledge: (revision: bigint) => void;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(
    { lock, keysMax = Number.MAX_SAFE_INTEGER }: StoreOptions,
    link: Link,
    keys: readonly string[],
    { statusOf, acknowledge }: Ties,
  ) {
    this.#lock = lock;
    this.#keysMax = keysMax;
    this.#link = link;
    this.#keys = keys;
    this.#valuesKey = keys[0] ?? '';
    this.#statusOf = statusOf;
    this.#acknowledge = acknowledge;
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
    const value = await this.#read(caller, async ({ reads }) => {
      const found = readValue(await reads.send(['HGET', this.#valuesKey, key]));
      // A key is missing only if nothing else is: the script makes sure of it.
      return found ?? readValue(await reads.run('read', this.#keys, [key]));
    });
    return this.#lock.run(() => then(value), caller.timing);
  }

  list(query: ListQuery, caller: Caller): AsyncIterable<readonly Entry[]> {
    return listPages(query, caller, (from, count) => this.#page(caller, from, count));
  }

  stats(caller: Caller): Promise<StoreStats> {
    return this.#read(caller, async ({ reads }) => readStats(await reads.run('stats', this.#keys)));
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
  #run<T>({ signal }: Caller, isWrite: boolean, work: (session: Session) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined)
      return Promise.reject(new NumStoreError('STOPPING', 'The store is closed'));
    if (signal.aborted) return Promise.reject(signal.reason);
    const result = this.#link.use(work).catch((error: unknown) => {
      throw toFault(error, isWrite);
    });
    const settled = result.catch(() => undefined).finally(() => this.#underWay.delete(settled));
    this.#underWay.add(settled);
    return abortable(result, signal);
  }

  /** What is read may rest on writes of this store, which come first. */
  #read<T>(caller: Caller, work: (session: Session) => Promise<T>): Promise<T> {
    return this.#run(caller, false, async (session) => {
      const answer = await work(session);
      assertConfirmed(await session.replicas.settle());
      return answer;
    });
  }

  #write(
    caller: Caller,
    kind: 'set' | 'add' | 'delete',
    key: Key,
    number = '',
  ): Promise<Exclude<WriteReply, { kind: 'full' }>> {
    return this.#run(caller, true, async ({ writes, replicas }) => {
      const sent = writes.run('write', this.#keys, [key, kind, number, String(this.#keysMax)]);
      // Asked for in the same turn as the write, so that it covers it, and what the write found.
      const confirmed = replicas.written();
      confirmed.catch(() => undefined);
      const reply = await sent;
      const missing = await confirmed;
      const [kindOfReply] = Array.isArray(reply) ? reply : [];
      if (missing !== undefined && kindOfReply === 'done') throw outcomeUnknown(`Applied, but ${missing}`);
      assertConfirmed(missing);
      const written = readWrite(reply);
      if (written.kind === 'full') throw storeFull(this.#keysMax);
      if (written.kind === 'done') this.#acknowledge(written.revision);
      return written;
    });
  }

  async #change(
    caller: Caller,
    kind: 'set' | 'add',
    key: Key,
    number: bigint,
  ): Promise<Extract<WriteReply, { kind: 'done' }>> {
    const reply = await this.#write(caller, kind, key, String(number));
    if (reply.kind === 'same') throw corrupt(`a ${kind} without effect`);
    return reply;
  }

  #page(caller: Caller, { key, inclusive }: Position, count: number): Promise<readonly Entry[]> {
    return this.#read(caller, async ({ reads }) => {
      const start = `${inclusive ? '[' : '('}${key}`;
      return readPage(await reads.run('page', this.#keys, [start, String(count)]));
    });
  }
}

/** @throws NumStoreError STORE_UNAVAILABLE with what is missing: such an answer could still be undone */
function assertConfirmed(missing: string | undefined): void {
  if (missing !== undefined) throw unavailable(`Not answered: what the answer rests on was ${missing}`);
}
