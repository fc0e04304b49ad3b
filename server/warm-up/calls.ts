import { createHash } from 'node:crypto';
import { type FactResponse, NumStoreExtendedService, NumStoreService } from '../../generated/numstore.ts';
import { type CallOptions, type GrpcClient, GrpcError, Status } from '../../transport/index.ts';
import { statusName } from '../rpc/status.ts';
import { RefusedCall, WarmUpFault } from './fault.ts';

/** More calls than this make SetNum and Fact no faster. The time mostly ends the warm-up before. */
const callsMax = 4_000;

/** The largest n of Fact. */
const smallNMax = 20;

/** The exercise's clients set values from 1 to 15. */
const usualMax = 15;

/** Every so many rounds clients ask for factorials that the cache lacks: all workers compute. */
const spreadEvery = 8;

/** The round in the middle between two of these: all clients ask for the same factorial. */
const sharedAt = spreadEvery / 2;

/** Rounds until a client next asks for a key that does not exist. */
const missingEvery = 4;

/** 38 100! has 65 604 bytes, which are two chunks, and takes a worker a millisecond. */
const largeN = 38_100;
const largeChunks = 2;

/** As many as the pool has workers: asked for at once, each worker computes one. */
const largeCount = 4;
export const largestN = largeN + largeCount - 1;

/** At most eight small factorials and four large ones are computed at once. */
export const tasksMax = 16;

/** Every other client sends a deadline, as real clients do or do not. No call comes near it. */
const timeoutMs = 60_000;

/** Where the calls go, and until when. */
export interface CallsOptions {
  readonly clients: readonly GrpcClient[];
  /** Sent along with each call. */
  readonly metadata: readonly (readonly [name: string, value: string])[];
  /** Whether no more calls are to begin. */
  readonly isOver: () => boolean;
}

/**
 * Calls an empty server as real clients do, and compares every answer. Each client makes one call
 * at a time, and every key is new.
 * @throws WarmUpFault if a call fails or its answer is wrong
 * @throws RefusedCall if the server is overloaded
 */
export async function makeCalls({ clients, metadata, isOver }: CallsOptions): Promise<void> {
  const callers = clients.map((client, id) => new Caller(client, metadata, id));
  const [first] = callers;
  if (first === undefined) throw new TypeError('Expected a client');
  await first.set('first', 5);
  expect('The first Fact', 'hit', await first.fact('first', 5), false);
  expect('The same Fact again', 'hit', await first.fact('first', 5), true);
  await first.missing('missing');
  await first.set('shared', smallNMax);
  await Promise.all(callers.map((caller) => caller.fact('shared', smallNMax)));

  let left = callsMax;
  const mayCall = (): boolean => left-- > 0 && !isOver();
  const readers = clients.slice(0, largeCount).map((client, id) => new Caller(client, metadata, id));
  await Promise.all([
    ...callers.map((caller) => caller.callInTurn(mayCall)),
    ...readers.map((reader, index) => reader.readLarge(largeN + index)),
  ]);
  const sum = [...callers, ...readers].reduce((total, caller) => total + caller.sum, 0n);
  expect('SetNum', 'the total', await first.set('last', 0), sum);
}

/** Makes calls on one connection, and knows the right answers. */
class Caller {
  /** The sum of the values that it has set. */
  sum = 0n;
  readonly #client: GrpcClient;
  readonly #options: CallOptions;
  readonly #id: number;
  #total = 0n;

  constructor(client: GrpcClient, metadata: CallsOptions['metadata'], id: number) {
    this.#client = client;
    this.#id = id;
    this.#options = {
      ...(metadata.length === 0 ? {} : { metadata }),
      ...(id % 2 === 0 ? {} : { timeoutMs }),
    };
  }

  /** Sets a new key to `n`; returns the total. */
  async set(key: string, n: number): Promise<bigint> {
    const value = BigInt(n);
    const { setNum } = NumStoreService;
    const { total } = await answerOf('SetNum', this.#client.unary(setNum, { key, value }, this.#options));
    // Other callers add to the total meanwhile, and no value is negative.
    if (total < this.#total + value) throw wrong('SetNum', 'the total', total, this.#total + value);
    this.#total = total;
    this.sum += value;
    return total;
  }

  /** Asks for the factorial of `n`, the value of `key`; returns whether it was in the cache. */
  async fact(key: string, n: number): Promise<boolean> {
    const { value, hit, error } = await this.#fact(key);
    expect(`Fact of ${n}`, 'the error', error, '');
    expect(`Fact of ${n}`, 'the value', value, factorials[n]);
    return hit;
  }

  async missing(key: string): Promise<void> {
    const { value, error } = await this.#fact(key);
    expect('Fact of a missing key', 'the value', value, 0n);
    if (error === '') throw wrong('Fact of a missing key', 'the error', 'none', 'one');
  }

  /** Calls SetNum and Fact in turn for as long as `mayCall` allows. */
  async callInTurn(mayCall: () => boolean): Promise<void> {
    for (let round = 0; mayCall(); round++) {
      const key = `${this.#id}-${round}`;
      const n = this.#numberOf(round);
      await this.set(key, n);
      if (mayCall()) await this.fact(key, n);
      if (round % missingEvery === 0 && mayCall()) await this.missing(`missing-${key}`);
    }
  }

  /** Reads a factorial of two chunks twice: computed, and from the cache. */
  async readLarge(n: number): Promise<void> {
    const key = `large-${n}`;
    await this.set(key, n);
    await this.#readExact(key, n);
    await this.#readExact(key, n);
  }

  #numberOf(round: number): number {
    if (round % spreadEvery === 0) return (round + this.#id) % (smallNMax + 1);
    if (round % spreadEvery === sharedAt) return usualMax + 1 + ((round / sharedAt) % (smallNMax - usualMax));
    return 1 + ((round + this.#id) % usualMax);
  }

  #fact(key: string): Promise<FactResponse> {
    return answerOf('Fact', this.#client.unary(NumStoreService.fact, { key }, this.#options));
  }

  async #readExact(key: string, n: number): Promise<void> {
    const stream = this.#client.serverStream(NumStoreExtendedService.factExact, { key }, this.#options);
    const chunks = await answerOf('FactExact', collect(stream));
    const what = `FactExact of ${n}`;
    const sha256 = createHash('sha256');
    for (const { chunk } of chunks) sha256.update(chunk);
    expect(what, 'the chunks', chunks.length, largeChunks);
    expect(what, 'n', chunks[0]?.n, BigInt(n));
    expect(what, 'the SHA-256', chunks.at(-1)?.sha256.toString('hex'), sha256.digest('hex'));
  }
}

async function collect<Message>(stream: AsyncIterable<Message>): Promise<readonly Message[]> {
  const messages: Message[] = [];
  for await (const message of stream) messages.push(message);
  return messages;
}

/** Waits for the answer to a call. @throws WarmUpFault or RefusedCall if the call fails */
async function answerOf<Answer>(call: string, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (cause) {
    if (!(cause instanceof GrpcError)) throw new WarmUpFault(`${call} failed: ${String(cause)}`, { cause });
    if (cause.code === Status.RESOURCE_EXHAUSTED) throw new RefusedCall(cause.message, { cause });
    throw new WarmUpFault(`${call} failed with ${statusName(cause.code)}: ${cause.message}`, { cause });
  }
}

function expect<Value>(call: string, what: string, got: Value, expected: Value): void {
  if (got !== expected) throw wrong(call, what, got, expected);
}

function wrong(call: string, what: string, got: unknown, expected: unknown): WarmUpFault {
  return new WarmUpFault(
    `${call} was answered wrongly: Expected ${what} ${String(expected)}, got ${String(got)}`,
  );
}

/** The factorials that Fact returns, multiplied here and not by the engine. */
const factorials = [1n];
for (let n = 1; n <= smallNMax; n++) factorials.push(BigInt(n) * (factorials[n - 1] ?? 0n));
