/** The metadata by which a caller asks for the trailer of the same name. */
export const timingHeader = 'numstore-timing';

/** The parts of the server's time, in the order in which a request passes them. */
export const timingParts = ['lock', 'queue', 'compute', 'store', 'send'] as const;
export type TimingPart = (typeof timingParts)[number];

/** What the cache did for a Fact: had the answer, had not, or another caller was just computing it. */
const cacheOutcomes = ['hit', 'miss', 'joined'] as const;
export type CacheOutcome = (typeof cacheOutcomes)[number];

/** Where the server's time for one call went. */
export interface Timing {
  /** microseconds of each part that the server named */
  readonly microseconds: Readonly<Partial<Record<TimingPart, number>>>;
  /** undefined: the call had nothing to do with the cache */
  readonly cache: CacheOutcome | undefined;
}

/**
 * Reads `lock=3;queue=0;compute=120;store=1;send=0;cache=miss`. Parts may be missing, and parts of a newer server
 * are passed over.
 *
 * @returns undefined when it is not of that form: figures that are half understood are worse than none
 */
export function parseTiming(trailer: string): Timing | undefined {
  const fields = new Map<string, string>();
  for (const field of trailer.split(';')) {
    const [, name, value] = /^([a-z]+)=([\w.-]+)$/.exec(field.trim()) ?? [];
    if (name === undefined || value === undefined || fields.has(name)) return undefined;
    fields.set(name, value);
  }
  const microseconds: Partial<Record<TimingPart, number>> = {};
  for (const part of timingParts) {
    const value = fields.get(part);
    if (value === undefined) continue;
    if (!/^\d{1,15}$/.test(value)) return undefined; // at most 15 digits: exact as a double
    microseconds[part] = Number(value);
  }
  const cache = fields.get('cache');
  const known = cacheOutcomes.find((outcome) => outcome === cache);
  return cache !== undefined && known === undefined ? undefined : { microseconds, cache: known };
}

/** The metadata by which a caller asks for the trailer of the same name. */
export const revisionHeader = 'numstore-revision';

/**
 * Reads the number of a write.
 *
 * @returns undefined when it is none
 */
export function parseRevision(trailer: string): bigint | undefined {
  return /^\d{1,19}$/.test(trailer) ? BigInt(trailer) : undefined;
}
