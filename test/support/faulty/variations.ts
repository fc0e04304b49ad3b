import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, compute, correct, type Rules, refuse, type State } from './memory.ts';

/** A correct server that differs from the others where it may. */
export interface Variation {
  readonly name: string;
  /** milliseconds that a call takes, which say how often it is checked */
  readonly latencyMs: number;
  /** calls that are handled at once @default any number */
  readonly threads?: number;
  /** values of 32 bits */
  readonly isNarrow?: boolean;
  make(): Rules;
}

/** Which entry goes when another one has to enter; `uses` counts hits. */
type Policy = (state: State, uses: Map<string, number>) => void;

function evictWhere(state: State, uses: Map<string, number>, entry: string | undefined): void {
  if (entry === undefined) return;
  state.cache.delete(entry);
  uses.delete(entry);
}

const policies: Readonly<Record<string, Policy>> = {
  FIFO: (state, uses) => evictWhere(state, uses, [...state.cache.keys()][0]),
  random: (state, uses) =>
    evictWhere(state, uses, [...state.cache.keys()][Math.floor(Math.random() * state.cache.size)]),
  'flush when full': (state, uses) => {
    state.cache.clear();
    uses.clear();
  },
  LFU: (state, uses) => {
    const byUse = [...state.cache.keys()].toSorted((a, b) => (uses.get(a) ?? 0) - (uses.get(b) ?? 0));
    evictWhere(state, uses, byUse[0]);
  },
  clock: (state, uses) => {
    // the hand is at the oldest entry: one that was used goes to the end, without its mark
    for (;;) {
      const [hand] = state.cache;
      if (hand === undefined) return;
      const [entry, answer] = hand;
      state.cache.delete(entry);
      if (!uses.delete(entry)) return;
      state.cache.set(entry, answer);
    }
  },
};

function withPolicy(evict: Policy, onHit: (state: State, entry: string) => void = () => undefined): Rules {
  const uses = new Map<string, number>();
  return {
    ...correct,
    fact: (state, key) => {
      const n = state.values.get(key);
      if (n === undefined) return refuse('no such key');
      const answer = compute(n);
      if (answer.error !== '') return answer;
      const entry = `${n}`;
      const held = state.cache.get(entry);
      if (held !== undefined) {
        uses.set(entry, (uses.get(entry) ?? 0) + 1);
        onHit(state, entry);
        return { ...held, hit: true };
      }
      if (state.cache.size >= 10) evict(state, uses);
      state.cache.set(entry, answer);
      return answer;
    },
  };
}

function makeLru(): Rules {
  return withPolicy(policies['FIFO'] ?? (() => undefined), ({ cache }, entry) => {
    const held = cache.get(entry);
    cache.delete(entry);
    if (held !== undefined) cache.set(entry, held);
  });
}

/** Adds a delay, which may vary by chance, to each call. */
function delayed(delayMs: () => number, rules: Rules = correct): Rules {
  return {
    setNum: async (...call) => {
      await pause(delayMs());
      return rules.setNum(...call);
    },
    fact: async (...call) => {
      await pause(delayMs());
      return rules.fact(...call);
    },
  };
}

/** The machine is taken away by others, for some milliseconds, at any time. */
function interrupted(): Rules {
  const burn = (): void => {
    const until = performance.now() + (Math.random() < 0.05 ? 10 * Math.random() : 0);
    while (performance.now() < until) Math.random();
  };
  return {
    setNum: (...call) => {
      burn();
      return correct.setNum(...call);
    },
    fact: (...call) => {
      burn();
      return correct.fact(...call);
    },
  };
}

/** A Fact that finds its number being computed waits for it, and calls that a hit. */
function joining(): Rules {
  const computing = new Map<bigint, Promise<Answer>>();
  return {
    ...correct,
    fact: async (state, key) => {
      const n = state.values.get(key);
      if (n === undefined) return refuse('no such key');
      const joined = computing.get(n);
      if (joined !== undefined) {
        const answer = await joined;
        return { ...answer, hit: answer.error === '' };
      }
      const own = pause(1).then(() => correct.fact(state, key));
      computing.set(n, own);
      return own.finally(() => computing.delete(n));
    },
  };
}

/** Large numbers are multiplied out before they are refused, outside the lock. */
function multipliesFirst(): Rules {
  return {
    ...correct,
    fact: async (state, key) => {
      const answer = await correct.fact(state, key);
      const n = Number(state.values.get(key) ?? 0n);
      if (n > 20 && n < 10 ** 9) await pause(Math.min(n / 40, 3_000));
      return answer;
    },
  };
}

function refusesByStatus(): Rules {
  return {
    ...correct,
    fact: (state, key) => {
      if ((state.values.get(key) ?? 0n) >= 0n) return correct.fact(state, key);
      throw Object.assign(new Error('a negative number has no factorial'), { code: 3 });
    },
  };
}

const fast = { latencyMs: 0 };

/** One property differs at a time. */
export const variations: readonly Variation[] = [
  { ...fast, name: 'LRU', make: makeLru },
  ...Object.entries(policies).map(([name, evict]) => ({ ...fast, name, make: () => withPolicy(evict) })),
  { ...fast, name: 'hit for joined computations', make: joining },
  { ...fast, name: 'negative numbers refused by a status', make: refusesByStatus },
  { ...fast, name: 'values of 32 bits', isNarrow: true, make: () => correct },
  { ...fast, name: 'a busy core', make: interrupted },
  ...[1, 4, 16].map((threads) => ({
    ...fast,
    name: `${threads} threads, large numbers multiplied out`,
    threads,
    make: multipliesFirst,
  })),
  ...[1, 5, 50, 150, 300].map((latencyMs) => ({
    name: `${latencyMs} ms of latency`,
    latencyMs,
    threads: 4,
    make: () => delayed(() => latencyMs),
  })),
  { name: 'jitter of 0 to 5 ms', latencyMs: 3, make: () => delayed(() => 5 * Math.random()) },
  {
    name: 'jitter of 0 to 300 ms',
    latencyMs: 150,
    threads: 4,
    make: () => delayed(() => 300 * Math.random()),
  },
];
