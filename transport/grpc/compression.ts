import { gunzipSync, inflateSync } from 'node:zlib';
import { GrpcError, Status } from './status.ts';

/** How the messages of a stream may be compressed. */
export type Encoding = 'identity' | 'gzip' | 'deflate' | 'unknown';

/** The encodings that are accepted, for `grpc-accept-encoding`. */
export const acceptedEncodings = 'identity,gzip,deflate';

/** The encoding that `grpc-encoding` names. An unknown one is a fault of compressed messages only. */
export function parseEncoding(name: string | undefined): Encoding {
  if (name === undefined || name === 'identity') return 'identity';
  return name === 'gzip' || name === 'deflate' ? name : 'unknown';
}

/**
 * Decompresses a message, up to a size limit: a small message may expand to gigabytes.
 * @throws GrpcError UNIMPLEMENTED for an unknown encoding; RESOURCE_EXHAUSTED beyond `bytesMax`;
 * INTERNAL if the data is malformed
 */
export function decompress(message: Buffer, encoding: Encoding, bytesMax: number): Buffer {
  if (encoding === 'identity') {
    throw new GrpcError(Status.INTERNAL, 'A compressed message without a grpc-encoding');
  }
  if (encoding === 'unknown') {
    const details = `Expected a message in one of the encodings ${acceptedEncodings}`;
    throw new GrpcError(
      Status.UNIMPLEMENTED,
      details,
      new Map([['grpc-accept-encoding', acceptedEncodings]]),
    );
  }
  try {
    const decode = encoding === 'gzip' ? gunzipSync : inflateSync;
    return decode(message, { maxOutputLength: bytesMax });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw new GrpcError(Status.RESOURCE_EXHAUSTED, `A message expands to more than ${bytesMax} bytes`);
    }
    throw new GrpcError(Status.INTERNAL, `A message is not valid ${encoding}`);
  }
}
