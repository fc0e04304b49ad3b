/** Which store, and where. */
export type StoreSpec =
  | { readonly kind: 'memory' }
  | { readonly kind: 'lmdb'; readonly directory: string }
  | { readonly kind: 'redis'; readonly url: URL };

export type StoreName = StoreSpec['kind'];

const expected = 'Expected memory, lmdb:DIR or redis://HOST:PORT/N';
const lmdbPrefix = 'lmdb:';

/** @throws RangeError that says what was expected, and repeats nothing of `text`: a URL may hold a password */
export function parseStoreSpec(text: string): StoreSpec {
  if (text === 'memory') return { kind: 'memory' };
  if (text.startsWith(lmdbPrefix)) {
    const directory = text.slice(lmdbPrefix.length);
    if (directory === '') throw new RangeError(`${expected}, and DIR is missing`);
    return { kind: 'lmdb', directory };
  }
  return { kind: 'redis', url: parseRedisUrl(text) };
}

/** The text without a password, for the log. */
export function describeStore(spec: StoreSpec): string {
  switch (spec.kind) {
    case 'memory':
      return 'memory';
    case 'lmdb':
      return `${lmdbPrefix}${spec.directory}`;
    case 'redis':
      return `${spec.url.protocol}//${spec.url.host}${spec.url.pathname}`;
  }
}

function parseRedisUrl(text: string): URL {
  if (!URL.canParse(text)) throw new RangeError(expected);
  const url = new URL(text);
  const isRedis = url.protocol === 'redis:' || url.protocol === 'rediss:';
  if (!isRedis || url.hostname === '' || url.search !== '' || url.hash !== '') throw new RangeError(expected);
  if (!/^\/?\d{0,4}$/.test(url.pathname)) throw new RangeError(`${expected}, and N is no database number`);
  return url;
}
