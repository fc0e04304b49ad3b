import { gunzipSync } from 'node:zlib';
import { GrpcError, Status } from './status.ts';

/** How the messages of a stream may be compressed. */
export type Encoding = 'identity' | 'gzip';

/** The encodings that are accepted, for `grpc-accept-encoding`. */
export const acceptedEncodings = 'identity,gzip';

/** The encoding that `grpc-encoding` names. Undefined if it is not supported. */
export function parseEncoding(name: string | undefined): Encoding | undefined {
  if (name === undefined || name === 'identity') return 'identity';
  return name === 'gzip' ? 'gzip' : undefined;
}

/**
 * Decompresses a message, up to a size limit: a small message may expand to gigabytes.
 * @throws GrpcError RESOURCE_EXHAUSTED beyond `bytesMax`; INTERNAL if the data is malformed
 */
export function decompress(message: Buffer, encoding: Encoding, bytesMax: number): Buffer {
  if (encoding === 'identity') {
    throw new GrpcError(Status.INTERNAL, 'A compressed message without a grpc-encoding');
  }
  try {
    return gunzipSync(message, { maxOutputLength: bytesMax });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw new GrpcError(Status.RESOURCE_EXHAUSTED, `A message expands to more than ${bytesMax} bytes`);
    }
    throw new GrpcError(Status.INTERNAL, 'A message is not valid gzip');
  }
}
