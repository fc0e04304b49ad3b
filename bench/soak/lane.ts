import { setTimeout as rest } from 'node:timers/promises';
import { NumStoreClientError, type NumStoreTypedClient, openClient } from '../../client/api/client.ts';

/** Keys of one lane; the factorials of their values are small. */
const keys = 50;
const valueMax = 15;
/** SetNums of one step. */
const writes = 8;
/** How often a lane does the rarer things, in steps. */
const every = { exact: 10, cancel: 15, list: 12, reconnect: 40 } as const;
/** Large enough to be streamed, small enough to leave the CPU to the rest. */
const exactN = 2_000;
/** Takes far longer than `cancelMs`. */
const cancelledN = 300_000;
const cancelMs = 5;

export interface LaneOptions {
  readonly port: number;
  /** Prefix of its keys: no lane writes another's. */
  readonly name: string;
  /** Between two steps, in milliseconds. */
  readonly stepMs: number;
  /** Asked after each step, with how many there were. */
  readonly isOver: (steps: number) => boolean;
  readonly onFault: (fault: string) => void;
}

/** What a lane has done, and what the server has to hold of its keys. */
export interface LaneResult {
  readonly calls: number;
  readonly cancelled: number;
  readonly connections: number;
  readonly sum: bigint;
}

/** One user of a server, who does everything in turn and checks every answer, until it is over. */
export async function runLane(options: LaneOptions): Promise<LaneResult> {
  const lane = new Lane(options, await connect(options.port));
  try {
    for (let steps = 0; !options.isOver(steps); steps++) {
      await lane.step();
      await rest(options.stepMs);
    }
    return lane.result;
  } finally {
    await lane.close();
  }
}

const connect = (port: number): Promise<NumStoreTypedClient> => openClient({ host: '127.0.0.1', port });

class Lane {
  readonly #options: LaneOptions;
  readonly #model = new Map<string, bigint>();
  #client: NumStoreTypedClient;
  #steps = 0;
  #calls = 0;
  #cancelled = 0;
  #connections = 1;

  constructor(options: LaneOptions, client: NumStoreTypedClient) {
    this.#options = options;
    this.#client = client;
  }

  get result(): LaneResult {
    const sum = [...this.#model.values()].reduce((total, value) => total + value, 0n);
    return { calls: this.#calls, cancelled: this.#cancelled, connections: this.#connections, sum };
  }

  async step(): Promise<void> {
    this.#steps += 1;
    const isTime = (steps: number): boolean => this.#steps % steps === 0;
    await this.#attempt('SetNum', () => this.#write());
    await this.#attempt('Fact', () => this.#fact());
    if (isTime(every.exact)) await this.#attempt('FactExact', () => this.#exact());
    if (isTime(every.cancel)) await this.#attempt('FactExact, cancelled', () => this.#cancel());
    if (isTime(every.list)) await this.#attempt('ListNums', () => this.#list());
    if (isTime(every.reconnect)) await this.#attempt('connect', () => this.#reconnect());
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #attempt(name: string, call: () => Promise<string | undefined>): Promise<void> {
    this.#calls += 1;
    try {
      const fault = await call();
      if (fault !== undefined) this.#options.onFault(`${name}: ${fault}`);
    } catch (error) {
      this.#options.onFault(`${name}: ${String(error)}`);
    }
  }

  async #write(): Promise<string | undefined> {
    this.#calls += writes - 1;
    for (let i = 0; i < writes; i++)
      await this.#set(`${this.#options.name}${below(keys)}`, BigInt(1 + below(valueMax)));
    return undefined;
  }

  async #set(key: string, value: bigint): Promise<void> {
    await this.#client.setNum(key, value);
    this.#model.set(key, value);
  }

  async #fact(): Promise<string | undefined> {
    const [key, value] = this.#any();
    const reply = await this.#client.fact(key);
    const expected = factorial(value);
    return reply.kind === 'value' && reply.value === expected
      ? undefined
      : `${value}! is not ${inspect(reply)}`;
  }

  /** The client itself checks the length and the SHA-256 of what comes. */
  async #exact(): Promise<string | undefined> {
    const n = BigInt(exactN + below(exactN));
    await this.#set(`${this.#options.name}exact`, n);
    const { n: answered } = await this.#client.factExact(`${this.#options.name}exact`);
    return answered === n ? undefined : `asked for ${n}!, got ${answered}!`;
  }

  async #cancel(): Promise<string | undefined> {
    await this.#set(`${this.#options.name}large`, BigInt(cancelledN + below(cancelledN)));
    try {
      await this.#client.factExact(`${this.#options.name}large`, { signal: AbortSignal.timeout(cancelMs) });
      return undefined;
    } catch (error) {
      if (!(error instanceof NumStoreClientError && error.code === 'CANCELLED')) throw error;
      this.#cancelled += 1;
      return undefined;
    }
  }

  async #list(): Promise<string | undefined> {
    const listed = new Map<string, bigint>();
    for await (const { key, value } of this.#client.listNums({ prefix: this.#options.name }))
      listed.set(key, value);
    const isSame =
      listed.size === this.#model.size && [...listed].every(([key, value]) => this.#model.get(key) === value);
    return isSame ? undefined : `${listed.size} entries are not the ${this.#model.size} that were written`;
  }

  async #reconnect(): Promise<string | undefined> {
    await this.#client.close();
    this.#client = await connect(this.#options.port);
    this.#connections += 1;
    return undefined;
  }

  #any(): readonly [key: string, value: bigint] {
    const small = [...this.#model].filter(([, value]) => value <= valueMax);
    return small[below(small.length)] ?? ['', 0n];
  }
}

const below = (end: number): number => Math.floor(Math.random() * end);

const inspect = (value: object): string =>
  JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? String(part) : part));

function factorial(n: bigint): bigint {
  let product = 1n;
  for (let factor = 2n; factor <= n; factor++) product *= factor;
  return product;
}
