import type { HeldResult } from './service/cache.ts';

/** Where the result of a Fact came from; only `hit` means that it was in the cache at lookup. */
export type CacheUse = 'hit' | 'miss' | 'joined';

/** Everything that a caller of Fact must expect. */
export type FactOutcome =
  | { readonly kind: 'found'; readonly result: HeldResult; readonly cache: CacheUse }
  | { readonly kind: 'missing' }
  | { readonly kind: 'negative'; readonly value: bigint }
  | { readonly kind: 'too-large'; readonly value: bigint; readonly nMax: number };
