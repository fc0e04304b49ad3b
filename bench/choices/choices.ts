/** The design choices that are taken away one at a time, in the words of tables, pictures and docs/choices.md. */

/** Keys in the store where the total is what is looked at. */
export const manyKeys = 100_000;

export interface Choice {
  readonly name: string;
  /** What the server lacks. */
  readonly title: string;
  /** What follows from it, in one line for students. */
  readonly caption: string;
  /** Entries that are in the store before the first call. */
  readonly keys: number;
}

export const choices = [
  {
    name: 'as-it-is',
    title: 'As it is',
    caption: 'Cache by number, lock held for moments, four worker threads',
    keys: 0,
  },
  {
    name: 'no-cache',
    title: 'No cache',
    caption: 'Every Fact is computed, and waits for a worker thread',
    keys: 0,
  },
  {
    name: 'cache-by-key',
    title: 'Cache by key, not by number',
    caption: 'SetNum leaves the old result in the cache: stale answers',
    keys: 0,
  },
  {
    name: 'lock-held',
    title: 'Lock held while computing',
    caption: 'A SetNum waits behind every factorial',
    keys: 0,
  },
  {
    name: 'main-thread',
    title: 'Factorials on the main thread',
    caption: 'The server does nothing else while it computes',
    keys: 0,
  },
  {
    name: 'no-single-flight',
    title: 'No single flight',
    caption: 'Concurrent Facts of one number compute it once each',
    keys: 0,
  },
  {
    name: 'one-worker',
    title: 'One worker thread, not four',
    caption: 'A factorial waits for the one before it',
    keys: 0,
  },
  {
    name: 'many-keys',
    title: 'As it is, 100 000 keys',
    caption: 'The total is adjusted by (new - old): keys cost nothing',
    keys: manyKeys,
  },
  {
    name: 'summed-anew',
    title: 'Total summed anew, 100 000 keys',
    caption: 'Each SetNum adds up every number, and all calls wait',
    keys: manyKeys,
  },
] as const satisfies readonly Choice[];

export type ChoiceName = (typeof choices)[number]['name'];
export const choiceNames: readonly ChoiceName[] = choices.map(({ name }) => name);

/** The choice of a name. */
export function choiceOf(name: ChoiceName): Choice {
  const found = choices.find((choice) => choice.name === name);
  if (found === undefined) throw new TypeError(`Expected a name of a choice, got ${name}`);
  return found;
}
