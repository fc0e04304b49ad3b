/** Draws of one seeded sequence: print the seed, and a failing run can be had again. */
export interface Draw {
  readonly seed: number;
  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  /** A bigint from `min` to `max`, both included; at most 64 bits apart. */
  bigint(min: bigint, max: bigint): bigint;
  pick<T>(choices: readonly [T, ...T[]]): T;
}

/** splitmix64 (Steele, Lea and Flood, 2014), on BigInt: plain, and fast enough for a test. */
export function draw(seed = Date.now()): Draw {
  let state = BigInt(seed);
  const next = (): bigint => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let mixed = state;
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
    return mixed ^ (mixed >> 31n);
  };
  const bigint = (min: bigint, max: bigint): bigint => min + (next() % (max - min + 1n));
  const integer = (min: number, max: number): number => Number(bigint(BigInt(min), BigInt(max)));
  return {
    seed,
    integer,
    bigint,
    pick: (choices) => choices[integer(0, choices.length - 1)] ?? choices[0],
  };
}
