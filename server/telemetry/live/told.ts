import type { Snapshot } from '../activity/snapshot.ts';

/** What the page is told each second. */
export interface Told extends Snapshot {
  /** Whether calls are taken: a server that drains says so. */
  readonly isServing: boolean;
}

/** The same as it arrives: JSON has no bigint. */
export type Arrived = AsJson<Told>;

type AsJson<T> = T extends bigint
  ? string
  : T extends readonly (infer Element)[]
    ? readonly AsJson<Element>[]
    : T extends object
      ? { readonly [Name in keyof T]: AsJson<T[Name]> }
      : T;
