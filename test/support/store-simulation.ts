import assert from 'node:assert/strict';
import { type Key, parseKey } from '../../server/domain/key.ts';
import type { Store } from '../../server/store/store.ts';
import { type Draw, draw } from './random.ts';
import { type Answer, ask, emptyModel, isSame, type Model, type Operation, step } from './store-model.ts';

const keyCount = 12;
/** Mostly refused where the total is near its end, which is what they are for. */
const edges = [-(2n ** 63n), 2n ** 63n - 1n, -(2n ** 62n), 2n ** 62n, -1n, 0n, 1n] as const;

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
  const observations = await observe(store, count, clients, draw(seed));
  const states = replay(observations);
  for (const observation of observations) explain(observation, states, clients);
  const last = states.at(-1);
  assert.equal(
    (await ask(store, { kind: 'stats', key: parseKey(''), number: 0n })).total,
    last && total(last),
  );
}

async function observe(store: Store, count: number, clients: number, random: Draw): Promise<Observation[]> {
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

function randomOperation(random: Draw): Operation {
  const key: Key = parseKey(`k${random.integer(0, keyCount - 1)}`);
  const small = random.bigint(-(10n ** 9n), 10n ** 9n) * 3_000_000_019n;
  const number = random.integer(1, 100) <= 30 ? random.pick(edges) : small;
  const dice = random.integer(1, 100);
  if (dice <= 40) return { kind: 'set', key, number };
  if (dice <= 60) return { kind: 'add', key, number };
  if (dice <= 75) return { kind: 'delete', key, number: 0n };
  if (dice <= 97) return { kind: 'get', key, number: 0n };
  return { kind: 'stats', key, number: 0n };
}

function total({ entries }: Model): bigint {
  return [...entries.values()].reduce((a, b) => a + b, 0n);
}

function describe(value: object): string {
  return JSON.stringify(value, (_, field: unknown) => (typeof field === 'bigint' ? String(field) : field));
}
