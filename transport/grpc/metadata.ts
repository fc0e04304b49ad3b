import type { HeaderField } from '../hpack/field.ts';

/** Names with this suffix carry octets, in base64 (gRPC over HTTP/2, "Custom-Metadata"). */
const binarySuffix = '-bin';
const legalName = /^[0-9a-z_.-]+$/;
const legalValue = /^[ -~]*$/;

/** Names that the protocol reserves. */
const reserved = /^(grpc-|:|te$|content-type$|connection$|host$|content-length$|transfer-encoding$)/;
/** The one exception: the retry policy reads it. */
const pushback = 'grpc-retry-pushback-ms';

/**
 * A field of metadata. Values are printable ASCII, or octets where the name ends in `-bin`.
 * @throws TypeError for a name or value that metadata cannot carry
 */
export function metadataField(name: string, value: string | Uint8Array): HeaderField {
  const lower = name.toLowerCase();
  if (!legalName.test(lower) || (reserved.test(lower) && lower !== pushback)) {
    throw new TypeError(`Expected a name of metadata, got "${name}"`);
  }
  if (lower.endsWith(binarySuffix)) {
    if (typeof value === 'string') return { name: lower, value };
    return { name: lower, value: Buffer.from(value).toString('base64').replace(/=+$/, '') };
  }
  if (typeof value !== 'string' || !legalValue.test(value)) {
    throw new TypeError(`Expected printable ASCII as the value of ${lower}`);
  }
  return { name: lower, value: value.trim() };
}

/** Fields with one value: of several the first counts, as for node:http2. */
const single = new Set(['authorization', 'content-type']);

/** The value of a field, several of one name joined by commas (RFC 9110 5.3). */
export function lookUp(fields: readonly HeaderField[], name: string): string | undefined {
  let value: string | undefined;
  for (const field of fields) {
    if (field.name !== name) continue;
    if (value !== undefined && single.has(name)) return value;
    value = value === undefined ? field.value : `${value},${field.value}`;
  }
  return value;
}

/** All fields by name. */
export function toMap(fields: readonly HeaderField[]): Map<string, string> {
  const map = new Map<string, string>();
  for (const { name, value } of fields) {
    const before = map.get(name);
    map.set(name, before === undefined ? value : `${before},${value}`);
  }
  return map;
}
