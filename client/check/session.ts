import { randomBytes } from 'node:crypto';
import type { ServerAddress } from '../api/address.ts';
import type { Security } from '../api/options.ts';
import { hintAtToken } from '../api/security/token.ts';
import { factorials } from '../linearizability/factorials.ts';
import { CheckFailure } from './failure.ts';
import type { Codec, FactAnswer } from './wire/codec.ts';
import { type Connection, openConnection, type Reply } from './wire/connection.ts';

/** Where the server is, how its messages look, and how patient we are with it. */
export interface SessionOptions {
  readonly server: ServerAddress;
  /** @default clear text, without a token */
  readonly security?: Security;
  readonly codec: Codec;
  /** milliseconds that a call may take */
  readonly timeoutMs: number;
  /** how many keys the difference rule is tried with */
  readonly keys: number;
  readonly connectTimeoutMs?: number;
}

/**
 * The calls of the exercise under keys that nobody has used before, so that no fresh server is needed: what is there
 * already adds a constant to every total. Nobody else may write meanwhile.
 */
export interface Session extends Disposable {
  readonly codec: Codec;
  readonly options: SessionOptions;
  /** how many results the cache was seen to hold; undefined until that was found out */
  cacheSize: number | undefined;
  /** the numbers whose factorials fit the reply: 0 to 20 for an int64 */
  readonly numbers: readonly number[];
  /** The key that goes by this name here: it begins with a prefix of this run. */
  key(name: string): string;
  trySetNum(name: string, value: bigint, via?: Connection): Promise<Reply<bigint>>;
  tryFact(name: string, via?: Connection): Promise<Reply<FactAnswer>>;
  /** @throws CheckFailure when there is no reply */
  setNum(name: string, value: bigint): Promise<bigint>;
  /** @throws CheckFailure when there is no reply */
  fact(name: string): Promise<FactAnswer>;
  /** Asks for n! under a key of its own that never changes, and tells whether it was a hit. */
  isHit(n: number): Promise<boolean>;
  raw(path: string, bytes: Buffer): Promise<Reply<Buffer>>;
  /** Opens another connection, closed with the session. */
  connect(): Promise<Connection>;
}

const connectTimeoutDefaultMs = 5_000;

/** @throws NumStoreClientError UNREACHABLE when there is no server */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { server, security = {}, codec, timeoutMs, connectTimeoutMs = connectTimeoutDefaultMs } = options;
  const connections: Connection[] = [];
  const connect = async (): Promise<Connection> => {
    const opened = await openConnection(server, security, connectTimeoutMs);
    connections.push(opened);
    return opened;
  };
  const main = await connect();
  const prefix = `check-${randomBytes(6).toString('hex')}-`;
  const settled = new Set<number>();
  const session: Session = {
    codec,
    options,
    cacheSize: undefined,
    numbers: factorials.flatMap((factorial, n) => (factorial <= codec.ranges.factorial.max ? [n] : [])),
    key: (name) => prefix + name,
    trySetNum: async (name, value, via = main) => {
      const bytes = codec.encodeSetNum(prefix + name, value);
      return decode(await via.call(codec.setNumPath, bytes, timeoutMs), codec.decodeSetNum);
    },
    tryFact: async (name, via = main) => {
      const bytes = codec.encodeFact(prefix + name);
      return decode(await via.call(codec.factPath, bytes, timeoutMs), codec.decodeFact);
    },
    setNum: async (name, value) => insist(`SetNum ${name}=${value}`, await session.trySetNum(name, value)),
    fact: async (name) => insist(`Fact ${name}`, await session.tryFact(name)),
    isHit: async (n) => {
      if (!settled.has(n)) await session.setNum(`n${n}`, BigInt(n));
      settled.add(n);
      return (await session.fact(`n${n}`)).hit;
    },
    raw: (path, bytes) => main.call(path, bytes, timeoutMs),
    connect,
    [Symbol.dispose]: () => {
      for (const connection of connections) connection.close();
    },
  };
  return session;
}

function decode<T>(reply: Reply<Buffer>, decoder: (bytes: Buffer) => T): Reply<T> {
  if (reply.kind === 'status') return reply;
  try {
    return { ...reply, value: decoder(reply.value) };
  } catch (error) {
    const details = `the reply cannot be decoded: ${error instanceof Error ? error.message : String(error)}`;
    return { kind: 'status', status: 'INTERNAL', details, ms: reply.ms };
  }
}

function insist<T>(sent: string, reply: Reply<T>): T {
  if (reply.kind === 'reply') return reply.value;
  throw new CheckFailure({ sent, came: describeStatus(reply) }, hintAtStatus(reply));
}

/** What a status means in words. */
export function describeStatus({ status, details, ms }: Extract<Reply<unknown>, { kind: 'status' }>): string {
  return status === 'DEADLINE_EXCEEDED'
    ? `no answer within ${Math.round(ms)} ms`
    : `status ${status} (${details})`;
}

function hintAtStatus({ status }: Extract<Reply<unknown>, { kind: 'status' }>): string {
  const hint = hintAtToken(status);
  if (hint !== undefined) return hint;
  return status === 'DEADLINE_EXCEEDED'
    ? 'a lock that was never released, or a computation that never ends'
    : 'an exception in the handler: look at what the server printed';
}
