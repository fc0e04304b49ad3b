import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { NumStoreError } from '../../server/domain/errors.ts';
import { parseKey } from '../../server/domain/key.ts';
import { createLock } from '../../server/domain/lock.ts';
import { factorialBits } from '../../server/factorial/size.ts';
import type { Computed } from '../../server/pool/job.ts';
import type { PoolStats, Tasks } from '../../server/pool/pool.ts';
import { createCache, type HeldResult } from '../../server/service/cache.ts';
import { createInFlight } from '../../server/service/in-flight.ts';
import { createMemoryBudget } from '../../server/service/memory-budget.ts';
import type { FactOutcome } from '../../server/service/outcome.ts';
import { createService } from '../../server/service/service.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import { type Draw, draw } from '../support/random.ts';
import { count } from '../support/scale.ts';
import { patientCaller } from '../support/stack.ts';

const numbers = [3, 20, 100, 1000, 1010, 1100];
const bytesOf = (n: number): number => Math.ceil(factorialBits(n) / 8);

/** A task of a pool without threads, which ends when the test says so. */
interface Task {
  readonly n: number;
  readonly base: number | undefined;
  resolve(computed: Computed): void;
  reject(error: Error): void;
}

/** The service over a pool that the test drives, with a cache of `cacheBytes`. */
async function openDriven(cacheBytes: number) {
  const lock = createLock();
  const store = createMemoryStore({ lock });
  const cache = createCache({ bytesMax: cacheBytes });
  const inFlight = createInFlight();
  const memory = createMemoryBudget(2 ** 30);
  const tasks = new Set<Task>();
  const pool: Pick<Tasks, 'run'> = {
    run: ({ n, base }, signal) =>
      new Promise((resolve, reject) => {
        const task: Task = { n, base: base?.n, resolve, reject };
        tasks.add(task);
        signal.addEventListener('abort', () => {
          if (tasks.delete(task)) reject(new NumStoreError('CANCELLED', 'planted'));
        });
      }),
  };
  const stats = (): PoolStats => assert.fail('nothing asks');
  const service = createService({
    lock,
    store,
    cache,
    inFlight,
    memory,
    pool: { ...pool, refusal: () => undefined, stats },
    nMax: 10_000,
  });
  for (const n of numbers) await service.setNum(parseKey(String(n)), BigInt(n), patientCaller());
  const end = (task: Task, fails: boolean): void => {
    tasks.delete(task);
    const bytes = new Uint8Array(bytesOf(task.n));
    if (fails) task.reject(new NumStoreError('WORKER_LOST', 'planted'));
    else task.resolve({ bytes, sha256: new Uint8Array(), waitMs: 0, runMs: 0 });
  };
  return { cache, inFlight, memory, service, tasks, end };
}
type Driven = Awaited<ReturnType<typeof openDriven>>;

/** How often the rest of the server runs before the next thing happens. */
async function letRun({ integer }: Draw): Promise<void> {
  for (let turns = integer(0, 6); turns > 0; turns--) await Promise.resolve();
}

/** The callers of one interleaving, and what each of them holds by its own account. */
class Callers {
  readonly readers = new Set<FactOutcome>();
  readonly waiting = new Set<AbortController>();
  readonly #driven: Driven;

  constructor(driven: Driven) {
    this.#driven = driven;
  }

  ask(n: number, holds: boolean): void {
    const { service } = this.#driven;
    const gone = new AbortController();
    this.waiting.add(gone);
    const caller = { signal: gone.signal };
    const key = parseKey(String(n));
    (holds ? service.factExact(key, caller) : service.fact(key, caller))
      .then((outcome) => {
        assert.equal(outcome.kind, holds || n <= 20 ? 'found' : 'too-large');
        if (holds) this.readers.add(outcome);
      })
      .catch((error: unknown) => {
        assert.ok(error instanceof NumStoreError, `no fault of ours: ${String(error)}`);
      })
      .finally(() => this.waiting.delete(gone));
  }

  async release(outcome: FactOutcome): Promise<void> {
    this.readers.delete(outcome);
    await this.#driven.service.release(outcome);
  }

  /** What is read or kept counts, each result once. */
  check(): void {
    const { cache, memory } = this.#driven;
    const held = new Map<HeldResult['memory'], number>();
    for (const outcome of this.readers) {
      assert.equal(outcome.kind, 'found');
      if (outcome.kind !== 'found') continue;
      held.set(outcome.result.memory, (held.get(outcome.result.memory) ?? 0) + 1);
    }
    for (const [reservation, readers] of held) {
      assert.ok(reservation.holders >= readers, `${reservation.holders} holders of ${readers} readers`);
    }
    const bytes = [...held.keys()].reduce((sum, each) => sum + each.bytes, 0);
    assert.ok(memory.usedBytes >= Math.max(bytes, cache.bytes), 'what is read or kept counts');
  }
}

/** Some callers of few numbers: they ask, read and leave while computations end or fail, in random order. */
async function interleave(driven: Driven, drawn: Draw): Promise<void> {
  const { integer, pick } = drawn;
  const callers = new Callers(driven);
  const chosen = [pick([3, 20]), pick([100, 1000]), pick([1010, 1100])] as const;
  const one = <T>(among: Iterable<T>): T | undefined => {
    const all = [...among];
    return all[integer(0, Math.max(0, all.length - 1))];
  };
  const steps = {
    ask: () => callers.ask(pick(chosen), integer(0, 3) > 0),
    leave: () => one(callers.waiting)?.abort(new NumStoreError('CANCELLED', 'planted')),
    release: () => {
      const outcome = one(callers.readers);
      if (outcome !== undefined) void callers.release(outcome);
    },
    end: () => {
      const task = one(driven.tasks);
      if (task !== undefined) driven.end(task, integer(0, 4) === 0);
    },
  };
  for (let step = integer(4, 16); step > 0; step--) {
    pick([steps.ask, steps.ask, steps.end, steps.end, steps.leave, steps.release])();
    await letRun(drawn);
    callers.check();
  }
  while (driven.tasks.size + callers.waiting.size > 0) {
    for (const task of driven.tasks) driven.end(task, false);
    await nextTurn();
    callers.check();
  }
  await Promise.all([...callers.readers].map((outcome) => callers.release(outcome)));
  assert.equal(driven.inFlight.size, 0, 'no computation is left');
  const kept = driven.cache.slots().reduce((sum, { n }) => sum + bytesOf(n), 0);
  assert.equal(driven.memory.usedBytes, kept, 'only the cache holds results');
}

const interleavings = count(10_000, 100_000);

for (const { title, cacheBytes } of [
  { title: 'nothing is kept', cacheBytes: 0 },
  { title: 'some results are kept', cacheBytes: 700 },
]) {
  test(`reservations: ${interleavings} random interleavings, ${title}: each reader holds what it reads`, async () => {
    const drawn = draw();
    try {
      const driven = await openDriven(cacheBytes);
      for (let round = 0; round < interleavings; round++) await interleave(driven, drawn);
    } catch (error) {
      throw new Error(`seed ${drawn.seed}`, { cause: error });
    }
  });
}

test('reservations: a caller that asks as the result arrives holds a result of its own', async () => {
  // The number of turns between the two is not ours: one of these falls between the sections of the lock.
  for (let turns = 0; turns < 12; turns++) {
    const driven = await openDriven(0);
    const first = driven.service.factExact(parseKey('1000'), patientCaller());
    while (driven.tasks.size === 0) await Promise.resolve();
    for (const task of driven.tasks) driven.end(task, false);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    const second = driven.service.factExact(parseKey('1000'), patientCaller());
    await nextTurn();
    for (const task of driven.tasks) driven.end(task, false);
    await driven.service.release(await first);
    const outcome = await second;
    assert.ok(outcome.kind === 'found' && outcome.result.memory.holders === 1);
    assert.equal(driven.memory.usedBytes, bytesOf(1000), `read ${turns} turns after the result`);
    await driven.service.release(outcome);
    assert.equal(driven.memory.usedBytes, 0);
  }
});
