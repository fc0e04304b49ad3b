import type { MalformedHead } from '../frames/header-frames.ts';
import type { HeaderList } from '../hpack/decoder.ts';
import type { HeaderField } from '../hpack/field.ts';
import { splitFields } from './field-rules.ts';

/** The meaning of a header list from a server (RFC 9113 8.3.2). */
export type ResponseHead =
  | MalformedHead
  | { readonly kind: 'too large' }
  | { readonly kind: 'trailers'; readonly fields: readonly HeaderField[] }
  | { readonly kind: 'response'; readonly status: string; readonly fields: readonly HeaderField[] };

const known = new Set([':status']);

/** Reads and checks a list from a server. */
export function readResponseHead({ fields, tooLarge }: HeaderList): ResponseHead {
  if (tooLarge) return { kind: 'too large' };
  const split = splitFields(fields, known);
  if (typeof split === 'string') return { kind: 'malformed', message: split };
  const status = split.pseudo.get(':status');
  if (status === undefined) return { kind: 'trailers', fields: split.regular };
  return { kind: 'response', status, fields: split.regular };
}
