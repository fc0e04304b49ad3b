import type { MalformedHead } from '../frames/header-frames.ts';
import type { HeaderList } from '../hpack/decoder.ts';
import type { HeaderField } from '../hpack/field.ts';
import { contentLengthOf, splitFields } from './field-rules.ts';

/** The meaning of a header list from a client (RFC 9113 8.3.1). */
export type RequestHead =
  | MalformedHead
  | { readonly kind: 'too large' }
  | { readonly kind: 'trailers' }
  | {
      readonly kind: 'request';
      readonly method: string;
      readonly path: string;
      readonly contentLength: number | undefined;
      readonly fields: readonly HeaderField[];
    };

const known = new Set([':method', ':scheme', ':authority', ':path']);

/** Reads and checks a list from a client. */
export function readRequestHead({ fields, tooLarge }: HeaderList): RequestHead {
  if (tooLarge) return { kind: 'too large' };
  const split = splitFields(fields, known);
  if (typeof split === 'string') return { kind: 'malformed', message: split };
  const { pseudo, regular } = split;
  if (pseudo.size === 0) return { kind: 'trailers' };
  const contentLength = contentLengthOf(regular);
  if (Number.isNaN(contentLength)) return { kind: 'malformed', message: 'content-length is no number' };
  const method = pseudo.get(':method');
  const path = pseudo.get(':path');
  if (method === 'CONNECT') return { kind: 'request', method, path: '', contentLength, fields: regular };
  if (method === undefined || pseudo.get(':scheme') === undefined || !isPath(path, method)) {
    return { kind: 'malformed', message: 'Expected :method, :scheme and :path' };
  }
  if (!pseudo.has(':authority') && !regular.some(({ name }) => name === 'host')) {
    return { kind: 'malformed', message: 'Expected :authority or host' };
  }
  return { kind: 'request', method, path, contentLength, fields: regular };
}

function isPath(path: string | undefined, method: string): path is string {
  return path !== undefined && (path.startsWith('/') || (path === '*' && method === 'OPTIONS'));
}
