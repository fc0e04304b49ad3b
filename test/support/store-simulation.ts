import assert from 'node:assert/strict';
import { type Key, parseKey } from '../../server/key.ts';
import type { Store } from '../../server/store/store.ts';
import { type Answer, ask, emptyModel, isSame, type Model, type Operation, step } from './store-model.ts';

const keyCount = 12;
/** Mostly refused where the total is near its end, which is what they are for. */
const edges = [-(2n ** 63n), 2n ** 63n - 1n, -(2n ** 62n), 2n ** 62n, -1n, 0n, 1n];

/** A call, what it answered, and the newest revision that anybody knew of before and after. */
interface Observation {
  readonly operation: Operation;
  readonly answer: Answer;
  readonly before: bigint;
  readonly after: bigint;
}

/**
 * Lets `clients` call `store` at once, `count` calls in all, then explains every answer: each write by replaying
 * all of them in the order of their revisions, and everything else by a state of that replay that the store was in
 * during the call.
 */
export async function simulate(store: Store, count: number, clients: number, seed: number): Promise<void> {
  const observations = await observe(store, count, clients, createRandom(seed));
  const states = replay(observations);
  for (const observation of observations) explain(observation, states, clients);
  const last = states.at(-1);
  assert.equal(
    (await ask(store, { kind: 'stats', key: parseKey(''), number: 0n })).total,
    last && total(last),
  );
}

async function observe(
  store: Store,
  count: number,
  clients: number,
  random: () => number,
): Promise<Observation[]> {
  const observations: Observation[] = [];
  let newest = 0n;
  let left = count;
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const operation = randomOperation(random);
      const before = newest;
      const answer = await ask(store, operation);
      if (answer.revision !== undefined && answer.revision > newest) newest = answer.revision;
      observations.push({ operation, answer, before, after: newest });
    }
  };
  await Promise.all(Array.from({ length: clients }, work));
  return observations;
}

/** The state after each revision, the empty one first. */
function replay(observations: readonly Observation[]): Model[] {
  const states = [emptyModel];
  const isWrite = ({ operation, answer }: Observation): boolean =>
    operation.kind !== 'stats' && answer.revision !== undefined;
  const writes = observations.filter(isWrite);
  writes.sort((a, b) => Number((a.answer.revision ?? 0n) - (b.answer.revision ?? 0n)));
  for (const { operation, answer } of writes) {
    const { answer: expected, model } = step(states.at(-1) ?? emptyModel, operation);
    assert.deepEqual({ ...answer }, { ...expected }, `revision ${answer.revision}`);
    states.push(model);
  }
  return states;
}

function explain({ operation, answer, before, after }: Observation, states: Model[], clients: number): void {
  if (operation.kind !== 'stats' && answer.revision !== undefined) return;
  // A call that ends has seen no write that begins later: beyond `after` only what was in flight.
  const window = states.slice(Number(before), Number(after) + clients + 1);
  const isExplained = window.some((state) => isSame(step(state, operation).answer, answer));
  assert.ok(
    isExplained,
    `no state from revision ${before} on explains ${describe(operation)} -> ${describe(answer)}`,
  );
}

function randomOperation(random: () => number): Operation {
  const key: Key = parseKey(`k${Math.floor(random() * keyCount)}`);
  const edge = edges[Math.floor(random() * edges.length)] ?? 0n;
  const small = BigInt(Math.floor(random() * 2e9) - 1e9) * 3_000_000_019n;
  const number = random() < 0.3 ? edge : small;
  const dice = random();
  if (dice < 0.4) return { kind: 'set', key, number };
  if (dice < 0.6) return { kind: 'add', key, number };
  if (dice < 0.75) return { kind: 'delete', key, number: 0n };
  if (dice < 0.97) return { kind: 'get', key, number: 0n };
  return { kind: 'stats', key, number: 0n };
}

/** mulberry32: the same numbers for the same seed, everywhere. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function total({ entries }: Model): bigint {
  return [...entries.values()].reduce((a, b) => a + b, 0n);
}

function describe(value: object): string {
  return JSON.stringify(value, (_, field: unknown) => (typeof field === 'bigint' ? String(field) : field));
}
