/**
 * The fast factorial: our own multiplication in WebAssembly (server/factorial/engine/), every product of its
 * transform checked mod 2^32 - 1. A failed check, a trap or a lack of memory is answered through BigInt and counted.
 */
import { factorialBigInt } from './bigint.ts';
import { bigIntToBytes, bytesToBigInt } from './bytes.ts';
import { compile, type EngineInstance, engineFile, instantiate } from './instance.ts';
import { checkN, factorialBits } from './size.ts';
import { SMALL_N_MAX, smallFactorial } from './small.ts';

/** The unsigned big-endian bytes of a result, minimal, in memory of exactly their length. */
type ResultBytes = Uint8Array<ArrayBuffer>;

/** A factorial that is already known. */
interface KnownFactorial {
  readonly n: number;
  readonly bytes: Uint8Array;
}

interface FactorialOptions {
  /** Used when it is below n and near enough for multiplying on to pay; ignored otherwise. Trusted, not checked. */
  readonly from?: KnownFactorial | undefined;
  /** Called about every millisecond of work; what it throws ends the computation and is thrown to the caller. */
  readonly poll?: (() => void) | undefined;
}

interface EngineCounters {
  /** Answers that came from BigInt because the engine failed. */
  readonly fallbacks: number;
  /** Instances dropped because their memory had grown beyond `memoryKeptBytes`. */
  readonly drops: number;
}

export interface FactorialEngine {
  /** n! for an integer n from 0 to FACTORIAL_N_MAX; RangeError otherwise. */
  factorial(n: number, options?: FactorialOptions): ResultBytes;
  /** The product of two numbers in big-endian bytes: the engine's multiplication, for tests and benchmarks. */
  multiply(a: Uint8Array, b: Uint8Array): ResultBytes;
  /** Runs the engine once, so that the first caller does not wait for V8's compiler (2-3 times a later call). */
  warm(): void;
  readonly counters: EngineCounters;
  /** Bytes of WebAssembly memory held now. */
  readonly memoryBytes: number;
  /** Drops the instance; the next call makes another. */
  close(): void;
}

export interface EngineSettings {
  /** The engine's code, or the URL of its file. @default the committed engine.wasm */
  readonly wasm?: URL | Uint8Array<ArrayBuffer> | undefined;
  /** An instance whose memory grew beyond this is dropped after the call. @default 64 MiB */
  readonly memoryKeptBytes?: number | undefined;
}

const MEMORY_KEPT_BYTES = 64 * 2 ** 20;
/** Multiplying on from m! pays while n - m is below this share of n (measured: even at 1/4). */
const EXTEND_SHARE = 1 / 5;
/** Bytes of a result copied between two polls. */
const COPIED_BYTES = 2 ** 20;
/** Large enough to use every function of the engine, small enough for a few milliseconds. */
const WARM_N = 20_000;
const WARM_ROUNDS = 12;

/** Memory that n! takes at its highest, in bytes: numbers, two transforms and their roots of unity. */
export function memoryEstimate(n: number): number {
  checkN(n);
  const bytes = factorialBits(n) / 8;
  // A complex number of 16 bytes for two digits of 18 bits or more, twice, a quarter of slack in the length; a third
  // of that again for roots; three numbers and the result.
  const transform = (16 / 4.5) * 1.25 * bytes;
  return Math.ceil(2.4 * transform + 5 * bytes) + 2 ** 20;
}

/** Whether n! takes less work from m! than from nothing. */
export function paysToExtend(m: number, n: number): boolean {
  return m < n && n - m <= n * EXTEND_SHARE;
}

/** Makes an engine, which compiles its code at the first call. One engine serves one thread. */
export function createEngine(settings: EngineSettings = {}): FactorialEngine {
  return new WasmEngine(settings);
}

class WasmEngine implements FactorialEngine {
  readonly counters = { fallbacks: 0, drops: 0 };
  readonly #settings: EngineSettings;
  #module: WebAssembly.Module | undefined;
  #instance: EngineInstance | undefined;
  #poll: (() => void) | undefined;
  #isStopped = false;
  readonly #pollOrStop = (): void => {
    if (this.#poll === undefined) return;
    this.#isStopped = true;
    this.#poll();
    this.#isStopped = false;
  };

  constructor(settings: EngineSettings) {
    this.#settings = settings;
  }

  get memoryBytes(): number {
    return this.#instance?.memoryBytes() ?? 0;
  }

  factorial(n: number, { from, poll }: FactorialOptions = {}): ResultBytes {
    checkN(n);
    if (n <= SMALL_N_MAX) return smallFactorial(n);
    this.#poll = poll;
    const limbs = Math.ceil(factorialBits(n) / 32) + 1;
    const task =
      from !== undefined && paysToExtend(from.n, n)
        ? (engine: EngineInstance) => engine.extend(from.n, from.bytes, n, limbs)
        : (engine: EngineInstance) => engine.factorial(n, limbs);
    return this.#run(task, () => factorialBigInt(n, poll));
  }

  multiply(a: Uint8Array, b: Uint8Array): ResultBytes {
    const [x, y] = [bytesToBigInt(a), bytesToBigInt(b)];
    if (x === 0n || y === 0n) return copied(new Uint8Array(1), this.#pollOrStop);
    return this.#run(
      (engine) => engine.multiply(a, b),
      () => x * y,
    );
  }

  warm(): void {
    for (let round = 0; round < WARM_ROUNDS; round++) this.factorial(WARM_N);
  }

  close(): void {
    this.#instance = undefined;
  }

  #run(task: (engine: EngineInstance) => Uint8Array, fallback: () => bigint): ResultBytes {
    this.#isStopped = false;
    try {
      this.#module ??= compile(this.#settings.wasm ?? engineFile());
      this.#instance ??= instantiate(this.#module, this.#pollOrStop);
      return copied(task(this.#instance), this.#pollOrStop);
    } catch (error) {
      this.close();
      if (this.#isStopped) throw error;
      this.counters.fallbacks++;
      return copied(bigIntToBytes(fallback()), this.#pollOrStop);
    } finally {
      this.#poll = undefined;
      const kept = this.#settings.memoryKeptBytes ?? MEMORY_KEPT_BYTES;
      if (this.memoryBytes > kept) {
        this.counters.drops++;
        this.close();
      }
    }
  }
}

/** A copy, which can go to another thread; `poll` is called after each piece, for at the limit there are 134 MB. */
function copied(bytes: Uint8Array, poll: () => void): ResultBytes {
  const result = new Uint8Array(bytes.length);
  for (let from = 0; from < bytes.length; from += COPIED_BYTES) {
    if (from > 0) poll();
    result.set(bytes.subarray(from, from + COPIED_BYTES), from);
  }
  return result;
}
