import { metadataField } from '../grpc/metadata.ts';
import type { HeaderField } from '../hpack/field.ts';

/** The metadata that a handler adds to its answer. */
export class Extras {
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
