import type { CacheUse } from '../domain/caller.ts';
import type { HeldResult } from './cache.ts';

/** Everything that a caller of Fact must expect. */
export type FactOutcome =
  | { readonly kind: 'found'; readonly result: HeldResult; readonly cache: CacheUse }
  | { readonly kind: 'missing' }
  | { readonly kind: 'negative'; readonly value: bigint }
  | { readonly kind: 'too-large'; readonly value: bigint; readonly nMax: number };
