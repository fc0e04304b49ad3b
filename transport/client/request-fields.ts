import { acceptedEncodings } from '../grpc/compression.ts';
import { contentType } from '../grpc/content-type.ts';
import { metadataField } from '../grpc/metadata.ts';
import { formatTimeout } from '../grpc/timeout.ts';
import type { HeaderField } from '../hpack/field.ts';
import type { CallOptions, ClientSettings } from './options.ts';

/** Fields that no compression table may hold (RFC 7541 7.1.3). */
const secret = new Set(['authorization', 'cookie']);

/**
 * The head of a request (gRPC over HTTP/2, "Requests").
 * @throws TypeError for metadata that cannot be sent
 */
export function requestFields(path: string, options: CallOptions, settings: ClientSettings): HeaderField[] {
  const fields: HeaderField[] = [
    { name: ':method', value: 'POST' },
    { name: ':scheme', value: settings.scheme },
    { name: ':path', value: path },
    { name: ':authority', value: settings.authority },
    { name: 'te', value: 'trailers' },
    { name: 'content-type', value: contentType },
    { name: 'user-agent', value: settings.userAgent },
    { name: 'grpc-accept-encoding', value: acceptedEncodings },
  ];
  if (options.timeoutMs !== undefined) {
    fields.push({ name: 'grpc-timeout', value: formatTimeout(options.timeoutMs) });
  }
  for (const [name, value] of options.metadata ?? []) {
    const field = metadataField(name, value);
    fields.push(secret.has(field.name) ? { ...field, sensitive: true } : field);
  }
  return fields;
}
