import { randomBytes } from 'node:crypto';
import type { ServerAddress } from '../api/address.ts';
import type { StatusName } from '../api/client-error.ts';
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
  /** the numbers that the cache was seen to hold at once; empty until that was found out */
  cached: readonly number[];
  /** a reply to Fact that had an error and a result; undefined until one came */
  readonly mixed: Mixed | undefined;
  /** the median of the last calls, in milliseconds: the calls of a rule shrink with it */
  readonly latencyMs: number;
  /** the numbers whose factorials fit the reply: 0 to 20 for an int64 */
  readonly numbers: readonly number[];
  /** one of them that no rule asks for before `hit` does: on a fresh server it misses, even without a bound */
  readonly unasked: number;
  /** the names of all keys that were set */
  readonly written: ReadonlySet<string>;
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

/** A reply to Fact that contradicts itself. */
interface Mixed {
  readonly sent: string;
  readonly answer: FactAnswer;
}

/** Calls whose median is the latency. */
const latencySamples = 15;

const connectTimeoutDefaultMs = 5_000;

/** @throws NumStoreClientError UNREACHABLE when there is no server */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { codec, timeoutMs } = options;
  const connections: Connection[] = [];
  const connect = (): Promise<Connection> => connectInto(connections, options);
  const main = await connect();
  const prefix = `check-${randomBytes(6).toString('hex')}-`;
  const settled = new Set<number>();
  const written = new Set<string>();
  const latencies = createLatencies();
  let mixed: Mixed | undefined;
  const timed = async (via: Connection, path: string, bytes: Buffer): Promise<Reply<Buffer>> => {
    const reply = await via.call(path, bytes, timeoutMs);
    latencies.add(reply.ms);
    return reply;
  };
  const numbers = numbersWithin(codec);
  const session: Session = {
    codec,
    options,
    cached: [],
    get mixed() {
      return mixed;
    },
    get latencyMs() {
      return latencies.median();
    },
    numbers,
    written,
    unasked: numbers.at(-2) ?? 0,
    key: (name) => prefix + name,
    trySetNum: async (name, value, via = main) => {
      written.add(name);
      const bytes = codec.encodeSetNum(prefix + name, value);
      return decode(await timed(via, codec.setNumPath, bytes), codec.decodeSetNum);
    },
    tryFact: async (name, via = main) => {
      const bytes = codec.encodeFact(prefix + name);
      const reply = decode(await timed(via, codec.factPath, bytes), codec.decodeFact);
      if (reply.kind === 'reply' && isMixed(reply.value))
        mixed ??= { sent: `Fact ${name}`, answer: reply.value };
      return reply;
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

async function connectInto(
  connections: Connection[],
  { server, security = {}, connectTimeoutMs = connectTimeoutDefaultMs }: SessionOptions,
): Promise<Connection> {
  const opened = await openConnection(server, security, connectTimeoutMs);
  connections.push(opened);
  return opened;
}

function numbersWithin({ ranges }: Codec): readonly number[] {
  return factorials.flatMap((factorial, n) => (factorial <= ranges.factorial.max ? [n] : []));
}

function createLatencies(): { add(ms: number): void; median(): number } {
  const latest: number[] = [];
  return {
    add: (ms) => {
      latest.push(ms);
      if (latest.length > latencySamples) latest.shift();
    },
    median: () => latest.toSorted((a, b) => a - b)[latest.length >> 1] ?? 0,
  };
}

function isMixed({ value, hit, error }: FactAnswer): boolean {
  return error !== '' && (value !== 0n || hit);
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

/** Statuses by which a handler says that it does not want a value. */
const refusals: ReadonlySet<StatusName> = new Set([
  'INVALID_ARGUMENT',
  'OUT_OF_RANGE',
  'FAILED_PRECONDITION',
]);

function hintAtStatus({ status }: Extract<Reply<unknown>, { kind: 'status' }>): string {
  const hint = hintAtToken(status);
  if (hint !== undefined) return hint;
  if (status === 'DEADLINE_EXCEEDED')
    return 'a lock that was never released, or a computation that never ends';
  if (refusals.has(status))
    return `the handler refuses this by ${status}: any whole number can be stored, a negative one and 0, too`;
  if (status === 'NOT_FOUND')
    return 'a missing key is said by a status: answer a FactResponse with `error` set';
  return 'an exception in the handler: look at what the server printed';
}
