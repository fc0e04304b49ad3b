import { abortable, type Caller } from '../../domain/caller.ts';
import { NumStoreError } from '../../domain/errors.ts';
import type { Key } from '../../domain/key.ts';
import { storeFull, unavailable } from '../ledger.ts';
import { listPages, type Position } from '../listing.ts';
import { describeStore } from '../spec.ts';
import type { Entry, Store, StoreOptions, StoreStatus } from '../store.ts';
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
  return createRedisStore(options, link, keysOf(namespace), () => status);
}

/** The braces put all keys of a namespace into one slot of a cluster: a procedure may touch only one. */
function keysOf(namespace: string): readonly [string, string, string, string] {
  const prefix = `numstore:{${namespace}}`;
  return [`${prefix}:values`, `${prefix}:order`, `${prefix}:total`, `${prefix}:revision`];
}

function createRedisStore(
  { lock, keysMax = Number.MAX_SAFE_INTEGER }: StoreOptions,
  link: RedisLink,
  keys: ReturnType<typeof keysOf>,
  status: () => StoreStatus,
): Store {
  const underWay = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  /** Runs `work` until its caller is gone; `close` waits for it in any case. */
  const run = <T>({ signal }: Caller, isWrite: boolean, work: () => Promise<T>): Promise<T> => {
    if (closing !== undefined) return Promise.reject(new NumStoreError('STOPPING', 'The store is closed'));
    if (status() === 'away') return Promise.reject(offline());
    if (signal.aborted) return Promise.reject(signal.reason);
    const result = work().catch((error: unknown) => {
      if (isDemoted(error)) link.renew(new Error('This Redis has become a replica'));
      throw toFault(error, isWrite);
    });
    const settled = result.catch(() => undefined).finally(() => underWay.delete(settled));
    underWay.add(settled);
    return abortable(result, signal);
  };

  const write = (
    caller: Caller,
    kind: 'set' | 'add' | 'delete',
    key: Key,
    number = '',
  ): Promise<Exclude<WriteReply, { kind: 'full' }>> =>
    run(caller, true, async () => {
      const sent = link.writes(kind === 'delete' ? 'free' : 'write', keys, [
        kind,
        key,
        number,
        String(keysMax),
      ]);
      // Asked for in the same turn as the write, so that it covers it.
      const confirmed = link.confirm();
      confirmed.catch(() => undefined);
      const reply = readWrite(await sent);
      if (reply.kind === 'full') throw storeFull(keysMax);
      if (reply.kind === 'done') await confirmed;
      return reply;
    });

  const change = async (caller: Caller, kind: 'set' | 'add', key: Key, number: bigint) => {
    const reply = await write(caller, kind, key, String(number));
    if (reply.kind === 'same')
      throw new NumStoreError('STORE_CORRUPT', `Redis left a ${kind} without effect`);
    return reply;
  };

  const page = (caller: Caller, { key, inclusive }: Position, count: number): Promise<readonly Entry[]> =>
    run(caller, false, async () => {
      const start = `${inclusive ? '[' : '('}${key}`;
      return readPage(await link.reads('page', keys, [start, String(count)]));
    });

  const close = async (): Promise<void> => {
    await Promise.all(underWay);
    link.close();
  };

  return {
    async set(key, value, caller) {
      const { total, revision } = await change(caller, 'set', key, value);
      return { total, revision };
    },

    async add(key, delta, caller) {
      const { value, total, revision } = await change(caller, 'add', key, delta);
      return { value, total, revision };
    },

    async delete(key, caller) {
      const reply = await write(caller, 'delete', key);
      return reply.kind === 'done'
        ? { deleted: true, total: reply.total, revision: reply.revision }
        : { deleted: false, total: reply.total, revision: undefined };
    },

    async read(key, then, caller) {
      const value = await run(caller, false, async () => readValue(await link.get(keys[0], key)));
      return lock.run(() => then(value), caller.timing);
    },

    list: (query, caller) => listPages(query, caller, (from, count) => page(caller, from, count)),

    stats: (caller) => run(caller, false, async () => readStats(await link.reads('stats', keys, []))),

    get status() {
      return status();
    },

    close() {
      closing ??= close();
      return closing;
    },
  };
}
