import { performance } from 'node:perf_hooks';
import type { Timing } from '../../domain/caller.ts';
import type { EndedCall, Observer } from '../../rpc/observer.ts';
import { isOwnCall } from '../observer.ts';
import { createRecent, type Recent, type RecentTimes } from './recent.ts';

/** Calls that are remembered for their slowness, and for how long. */
const slowestMax = 20;
const slowestMsMax = 300_000;

/** How often those that are too old are looked for, so that they do not keep others out. */
const sweepEveryMs = 1000;

/** What one method did since the start, and what it does now. */
export interface MethodActivity {
  /** Such as /NumStore/SetNum. */
  readonly path: string;
  readonly started: number;
  readonly ended: number;
  /** Of these, how many ended with a status other than OK. */
  readonly failed: number;
  readonly recent: RecentTimes;
}

/** One of the slowest calls of the last five minutes. */
export interface SlowCall {
  readonly path: string;
  readonly code: string;
  readonly durationMs: number;
  /** How long ago it ended, in milliseconds. */
  readonly agoMs: number;
  readonly timing: Timing | undefined;
}

/** What the calls do, for people who look at it now. */
export interface Activity {
  readonly observer: Observer;
  /** In the order in which the methods were called for the first time. */
  methods(): readonly MethodActivity[];
  /** The slowest first, at most 20. */
  slowest(): readonly SlowCall[];
  lockWait(): RecentTimes;
  lockHold(): RecentTimes;
}

type RememberedCall = Omit<SlowCall, 'agoMs'> & { readonly endedAt: number };

interface MethodCounts {
  started: number;
  ended: number;
  failed: number;
  readonly recent: Recent;
}

/** Nothing has happened. @param now the clock of `performance.now`, by which the ends of calls are told, too */
export function createActivity(now: () => number = () => performance.now()): Activity {
  const methods = new Map<string, MethodCounts>();
  const openedAt = now();
  const lockWait = createRecent(openedAt);
  const lockHold = createRecent(openedAt);
  const slowest = new SlowestCalls(openedAt);

  const countsOf = (path: string): MethodCounts => {
    const known = methods.get(path);
    if (known !== undefined) return known;
    const counts = { started: 0, ended: 0, failed: 0, recent: createRecent(openedAt) };
    methods.set(path, counts);
    return counts;
  };

  return {
    observer: {
      callStarted(path) {
        countsOf(path).started += 1;
      },
      callEnded(call) {
        const counts = countsOf(call.path);
        counts.ended += 1;
        if (call.code !== 'OK') counts.failed += 1;
        counts.recent.record(call.durationMs, call.endedAt);
        if (isOwnCall(call)) slowest.note(call);
      },
      taskEnded() {},
      lockWaited: (ms, at) => lockWait.record(ms, at),
      lockHeld: (ms, at) => lockHold.record(ms, at),
    },
    methods() {
      const at = now();
      return Array.from(methods, ([path, { recent, ...counts }]) => {
        return { path, ...counts, recent: recent.summary(at) };
      });
    },
    slowest: () => slowest.list(now()),
    lockWait: () => lockWait.summary(now()),
    lockHold: () => lockHold.summary(now()),
  };
}

/** The slowest calls of the last minutes: the slowest first, at most `slowestMax`. */
class SlowestCalls {
  #calls: RememberedCall[] = [];
  #sweptAt: number;

  constructor(openedAt: number) {
    this.#sweptAt = openedAt;
  }

  /** Keeps no more of a call than is shown: whatever carried it may go. */
  note({ path, code, durationMs, endedAt, call: { timing } }: EndedCall): void {
    if (endedAt - this.#sweptAt > sweepEveryMs) this.#sweep(endedAt);
    const last = this.#calls.length < slowestMax ? undefined : this.#calls.at(-1);
    if (last !== undefined && last.durationMs >= durationMs) return;
    this.#calls.push({ path, code, durationMs, timing, endedAt });
    this.#calls.sort((a, b) => b.durationMs - a.durationMs);
    this.#calls.length = Math.min(this.#calls.length, slowestMax);
  }

  list(at: number): readonly SlowCall[] {
    this.#sweep(at);
    return this.#calls.map(({ endedAt, ...call }) => ({ ...call, agoMs: at - endedAt }));
  }

  #sweep(at: number): void {
    this.#calls = this.#calls.filter((call) => at - call.endedAt <= slowestMsMax);
    this.#sweptAt = at;
  }
}
