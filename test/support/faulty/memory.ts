/** The state of a small server of the exercise, all of it; each fault changes one rule. */
export interface Rules {
  /** Adds a value to what is stored, and answers the new total. */
  setNum(state: State, key: string, value: bigint): Promise<bigint> | bigint;
  fact(state: State, key: string): Promise<Answer> | Answer;
}

export interface Answer {
  readonly value: bigint;
  readonly hit: boolean;
  readonly error: string;
}

export interface State {
  readonly values: Map<string, bigint>;
  total: bigint;
  /** by number in a correct server, by whatever a fault says elsewhere; the oldest entry first */
  readonly cache: Map<string, Answer>;
}

export function createState(): State {
  return { values: new Map(), total: 0n, cache: new Map() };
}

const factMax = 20n;

export function refuse(error: string): Answer {
  return { value: 0n, hit: false, error };
}

export function compute(n: bigint): Answer {
  if (n < 0n) return refuse('a negative number has no factorial');
  if (n > factMax) return refuse('the factorial does not fit');
  let value = 1n;
  for (let factor = 2n; factor <= n; factor++) value *= factor;
  return { value, hit: false, error: '' };
}

/** Asks the cache first. Eviction: the entry that came first goes (FIFO). */
export function cached(
  { cache }: State,
  entry: string,
  { size = 10, produce }: { readonly size?: number; readonly produce: () => Answer },
): Answer {
  const held = cache.get(entry);
  if (held !== undefined) return { ...held, hit: true };
  const answer = produce();
  const [oldest] = cache.keys();
  if (cache.size >= size && oldest !== undefined) cache.delete(oldest);
  cache.set(entry, answer);
  return answer;
}

/** A correct server of the exercise. */
export const correct: Rules = {
  setNum: (state, key, value) => {
    state.total += value - (state.values.get(key) ?? 0n);
    state.values.set(key, value);
    return BigInt.asIntN(64, state.total);
  },
  fact: (state, key) => factWith(state, key, {}),
};

/** What a server may do otherwise than `correct`. */
export interface FactChoices {
  readonly size?: number;
  /** what the entry of a number is called in the cache */
  readonly entry?: (n: bigint) => string;
  readonly produce?: (n: bigint) => Answer;
}

/** Fact of a correct server, but for these choices. */
export function factWith(
  state: State,
  key: string,
  { size = 10, entry = (n: bigint) => `${n}`, produce = compute }: FactChoices,
): Answer {
  const n = state.values.get(key);
  if (n === undefined) return refuse('no such key');
  const answer = produce(n);
  if (answer.error !== '') return answer;
  return cached(state, entry(n), { size, produce: () => answer });
}
