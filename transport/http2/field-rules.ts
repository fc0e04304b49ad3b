import type { HeaderField } from '../hpack/field.ts';

/** Field names are lower-case tokens (RFC 9113 8.2.1, RFC 9110 5.6.2). */
const legalName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** No NUL, CR or LF anywhere, no space or tab at either end (RFC 9113 8.2.1). */
const illegalValue = /[\0\r\n]|^[ \t]|[ \t]$/;

/** Fields that belong to one hop of HTTP/1.1 (RFC 9113 8.2.2). */
const hopByHop = new Set(['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding', 'upgrade']);

/** Why `field`, which is no pseudo-field, is malformed. Undefined if it is well-formed. */
function faultOfField({ name, value }: HeaderField): string | undefined {
  if (!legalName.test(name)) return 'A field name with illegal characters';
  if (illegalValue.test(value)) return `The value of ${name} has illegal characters`;
  if (hopByHop.has(name)) return `${name} has no place in HTTP/2`;
  if (name === 'te' && value !== 'trailers') return 'te may only be trailers';
  return undefined;
}

/** The pseudo-fields and the regular ones of a header list, each kind in order. */
export interface SplitFields {
  readonly pseudo: ReadonlyMap<string, string>;
  readonly regular: readonly HeaderField[];
}

/**
 * Splits a list, checking that pseudo-fields come first, once each, and are among `known`
 * (RFC 9113 8.3). Returns a sentence if the list is malformed.
 */
export function splitFields(
  fields: readonly HeaderField[],
  known: ReadonlySet<string>,
): SplitFields | string {
  const pseudo = new Map<string, string>();
  const regular: HeaderField[] = [];
  let hosts = 0;
  for (const field of fields) {
    if (!field.name.startsWith(':')) {
      const fault = faultOfField(field);
      if (fault !== undefined) return fault;
      if (field.name === 'host' && ++hosts > 1) return 'A repeated host';
      regular.push(field);
    } else if (regular.length > 0 || pseudo.has(field.name) || !known.has(field.name)) {
      return 'A pseudo-field that is unknown, repeated or out of place';
    } else if (illegalValue.test(field.value)) {
      return `The value of ${field.name} has illegal characters`;
    } else {
      pseudo.set(field.name, field.value);
    }
  }
  return { pseudo, regular };
}

/** The value of content-length. Undefined without one, NaN if it is malformed (RFC 9110 8.6). */
export function contentLengthOf(fields: readonly HeaderField[]): number | undefined {
  let length: number | undefined;
  for (const { name, value } of fields) {
    if (name !== 'content-length') continue;
    const next = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    length = length === undefined || length === next ? next : Number.NaN;
  }
  return length;
}
