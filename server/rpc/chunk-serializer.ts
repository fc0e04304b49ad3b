import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { FactExactChunk } from '../../generated/numstore.ts';

/** Field 1 of FactExactChunk, of the wire type that has a length. */
const chunkTag = (1 << 3) | 2;

/** More than the fields beside `chunk` can take, its tag and its length included. */
const otherBytesMax = 256;

const noBytes = Buffer.alloc(0);

/**
 * Serialises the messages of FactExact into one buffer, again and again: a result has many of them, and what is
 * allocated outside the heap for each makes V8 collect its garbage, which delays everybody else's calls. It is
 * safe because both transports copy what a serialiser answers before they do anything else.
 *
 * @param chunkBytesMax the longest `chunk` of a message
 */
export function createChunkSerializer(chunkBytesMax: number): (message: FactExactChunk) => Buffer {
  const buffer = Buffer.alloc(chunkBytesMax + otherBytesMax);
  return (message) => {
    const { chunk } = message;
    const others = FactExactChunk.encode({ ...message, chunk: noBytes }).finish();
    const head = new BinaryWriter().uint32(chunkTag).uint32(chunk.length).finish();
    buffer.set(others);
    buffer.set(head, others.length);
    buffer.set(chunk, others.length + head.length);
    return buffer.subarray(0, others.length + head.length + chunk.length);
  };
}
