/** The calls of the load: each is timed, and its answer is checked. */
import { NumStoreExtendedService, NumStoreService } from '../../generated/numstore.ts';
import { type GrpcClient, GrpcError, Status } from '../../transport/index.ts';
import type { PossibleValues } from './possible-values.ts';
import { factorial, keysOf, toBytes, type Workload, workloads } from './workloads.ts';

/** Sends SetNum; how long it took, in milliseconds. */
export async function setNum(
  client: GrpcClient,
  possible: PossibleValues,
  key: string,
  value: bigint,
): Promise<number> {
  const end = possible.write(key, value);
  const sentAt = performance.now();
  await client.unary(NumStoreService.setNum, { key, value });
  const elapsedMs = performance.now() - sentAt;
  end();
  return elapsedMs;
}

/** What a server said of the factorial of a key. */
interface Answer {
  /** Unsigned big-endian bytes; `undefined`: the key is missing. */
  readonly bytes: Buffer | undefined;
  readonly hit: boolean;
}

/** Asks for factorials, and counts what came back. */
export class FactCaller {
  readonly counts = { found: 0, hits: 0, wrong: 0 };
  readonly #workload: Workload;
  readonly #possible: PossibleValues;
  /** The right bytes by n: comparing them costs next to nothing between two calls. */
  readonly #bytes: ReadonlyMap<bigint | undefined, Buffer>;

  constructor(workload: Workload, possible: PossibleValues) {
    this.#workload = workload;
    this.#possible = possible;
    this.#bytes = rightBytes(workload);
  }

  /** Asks for the factorial of a key; how long it took, in milliseconds. */
  async call(client: GrpcClient, key: string): Promise<number> {
    const end = this.#possible.read(key);
    const sentAt = performance.now();
    const answer = this.#workload.fact === 'Fact' ? await fact(client, key) : await factExact(client, key);
    const elapsedMs = performance.now() - sentAt;
    if (!this.#isRight(answer, end())) this.counts.wrong += 1;
    if (answer.bytes !== undefined) this.counts.found += 1;
    if (answer.hit) this.counts.hits += 1;
    return elapsedMs;
  }

  #isRight({ bytes }: Answer, possible: ReadonlySet<bigint | undefined>): boolean {
    if (bytes === undefined) return possible.has(undefined);
    return [...possible].some((n) => this.#bytes.get(n)?.equals(bytes) === true);
  }
}

const bytesOf = new Map<Workload, ReadonlyMap<bigint, Buffer>>();

function rightBytes(workload: Workload): ReadonlyMap<bigint, Buffer> {
  const known = bytesOf.get(workload);
  if (known !== undefined) return known;
  const bytes = new Map(workload.values.map((n) => [n, toBytes(factorial(n))]));
  bytesOf.set(workload, bytes);
  return bytes;
}

async function fact(client: GrpcClient, key: string): Promise<Answer> {
  const { value, hit, error } = await client.unary(NumStoreService.fact, { key });
  return { bytes: error === '' ? toBytes(value) : undefined, hit };
}

async function factExact(client: GrpcClient, key: string): Promise<Answer> {
  const chunks: Buffer[] = [];
  let isHit = false;
  try {
    for await (const { chunk, hit } of client.serverStream(NumStoreExtendedService.factExact, { key })) {
      chunks.push(chunk);
      isHit ||= hit;
    }
  } catch (error) {
    if (error instanceof GrpcError && error.code === Status.NOT_FOUND)
      return { bytes: undefined, hit: false };
    throw error;
  }
  return { bytes: Buffer.concat(chunks), hit: isHit };
}

/**
 * Reads every key while nothing else is under way, and the total by a SetNum that changes nothing. How many of these
 * answers are wrong: a value that the key cannot have, or a total that is not the sum of all values.
 */
export async function countWrongAtRest(
  client: GrpcClient,
  possible: PossibleValues,
  filledTotal: number,
): Promise<number> {
  let wrong = 0;
  let sum = BigInt(filledTotal);
  let last: { readonly key: string; readonly value: bigint } | undefined;
  for (const key of workloads.flatMap(({ name }) => keysOf(name))) {
    const end = possible.read(key);
    const { value, found } = await client.unary(NumStoreExtendedService.getNum, { key });
    if (!end().has(found ? value : undefined)) wrong += 1;
    sum += value;
    if (found) last = { key, value };
  }
  if (last === undefined) return wrong;
  const { total } = await client.unary(NumStoreService.setNum, last);
  return total === sum ? wrong : wrong + 1;
}
