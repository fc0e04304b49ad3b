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
