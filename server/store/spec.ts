import { describePlace, parseRedisPlace, type RedisPlace } from './redis-place.ts';

/** Which store, and where. */
export type StoreSpec =
  | { readonly kind: 'memory' }
  | { readonly kind: 'lmdb'; readonly directory: string }
  | { readonly kind: 'redis'; readonly place: RedisPlace };

export type StoreName = StoreSpec['kind'];

const lmdbPrefix = 'lmdb:';

/** @throws RangeError that says what was expected, and repeats nothing of `text`: a URL may hold a password */
export function parseStoreSpec(text: string): StoreSpec {
  if (text === 'memory') return { kind: 'memory' };
  if (text.startsWith(lmdbPrefix)) {
    const directory = text.slice(lmdbPrefix.length);
    if (directory === '')
      throw new RangeError('Expected memory, lmdb:DIR or redis://HOST:PORT/N, and DIR is missing');
    return { kind: 'lmdb', directory };
  }
  return { kind: 'redis', place: parseRedisPlace(text) };
}

/** The text without a user and a password, for the log. */
export function describeStore(spec: StoreSpec): string {
  switch (spec.kind) {
    case 'memory':
      return 'memory';
    case 'lmdb':
      return `${lmdbPrefix}${spec.directory}`;
    case 'redis':
      return describePlace(spec.place);
  }
}
