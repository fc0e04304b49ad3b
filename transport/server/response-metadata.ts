import { contentType } from '../grpc/content-type.ts';
import { metadataField } from '../grpc/metadata.ts';
import { percentEncode } from '../grpc/percent.ts';
import type { StatusReply } from '../grpc/status.ts';
import type { HeaderField } from '../hpack/field.ts';

/** The first fields of every response. */
export const responseHead: readonly HeaderField[] = [
  { name: ':status', value: '200' },
  { name: 'content-type', value: contentType },
];

/** The fields of a status (gRPC over HTTP/2, "Trailers"). */
export function statusFields({ code, details, trailers }: StatusReply): HeaderField[] {
  const fields: HeaderField[] = [{ name: 'grpc-status', value: String(code) }];
  if (details !== '') fields.push({ name: 'grpc-message', value: percentEncode(details) });
  for (const [name, value] of trailers ?? []) fields.push({ name, value });
  return fields;
}

/** The metadata that a handler adds to its response. */
export class ResponseMetadata {
  readonly headers: HeaderField[] = [];
  readonly trailers: HeaderField[] = [];

  /** @throws TypeError for a name or value that metadata cannot carry */
  addHeader(name: string, value: string | Uint8Array): void {
    this.headers.push(metadataField(name, value));
  }

  /** @throws TypeError for a name or value that metadata cannot carry */
  addTrailer(name: string, value: string | Uint8Array): void {
    this.trailers.push(metadataField(name, value));
  }
}
