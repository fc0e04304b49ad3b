import type { Policy } from './lru.ts';

export const plantedBugs = ['lost update', 'stale read', 'double apply', 'wrong total'] as const;
export type PlantedBug = (typeof plantedBugs)[number];

/** A run to be simulated. */
export interface Simulation {
  readonly seed: number;
  readonly clients: number;
  readonly operations: number;
  readonly keys: number;
  /** the calls of the exercise alone, or those of NumStoreExtended, too */
  readonly calls: 'exercise' | 'all';
  readonly bug?: PlantedBug;
  /** from which operation on the bug waits for its chance @default half of them */
  readonly bugFrom?: number;
  /** after so many operations all answers under way are lost, and nothing else is sent but the final reads */
  readonly crashAfter?: number;
  readonly cache?: { readonly size: number; readonly policy: Policy };
}
