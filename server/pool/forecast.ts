import { factorialBits } from '../factorial/size.ts';

/** How much the latest computation counts beside what was known. */
const newest = 0.2;

/** Learns what computations take, and foretells what others will. */
export class Forecast {
  /** Milliseconds for each bit of the result, by the power of two that the result reaches. */
  readonly #msPerBit: number[] = [];

  /** `n!` took `runMs`, from scratch. */
  record(n: number, runMs: number): void {
    const bits = factorialBits(n);
    const size = sizeOf(bits);
    const msPerBit = runMs / bits;
    const known = this.#msPerBit[size] ?? msPerBit;
    this.#msPerBit[size] = known + newest * (msPerBit - known);
  }

  /** What `n!` will take, in milliseconds, by the computations of about its size; 0 before the first of any size. */
  runMs(n: number): number {
    const bits = factorialBits(n);
    const size = sizeOf(bits);
    const nearest = Object.keys(this.#msPerBit)
      .map(Number)
      .reduce<number | undefined>(
        (best, known) =>
          best === undefined || Math.abs(known - size) < Math.abs(best - size) ? known : best,
        undefined,
      );
    return nearest === undefined ? 0 : (this.#msPerBit[nearest] ?? 0) * bits;
  }
}

function sizeOf(bits: number): number {
  return Math.floor(Math.log2(bits));
}
