import type { CallOptions, ClientReadableStream, Metadata } from '@grpc/grpc-js';
import type { FactExactChunk } from '../../generated/numstore.ts';
import { NumStoreClientError } from '../client-error.ts';
import { beginCall, type Limits, watchCall } from '../limits.ts';
import { ExactAssembly, type ExactFactorial, type ExactProgress } from './assembly.ts';

/** Starts one FactExact, as the generated client does. */
export type SendExact = (
  metadata: Metadata,
  options: Partial<CallOptions>,
) => ClientReadableStream<FactExactChunk>;

/**
 * Receives one exact factorial, a message at a time: the next is asked for when the last has been taken.
 *
 * @param onProgress called after each message
 * @throws NumStoreClientError CORRUPT when the answer contradicts itself, else the name of the gRPC status
 */
export async function receiveExact(
  send: SendExact,
  limits: Limits,
  onProgress?: ((progress: ExactProgress) => void) | undefined,
): Promise<ExactFactorial> {
  const { metadata, options } = beginCall(limits);
  const stream = send(metadata, options);
  // a cancelled call ends with one more error, when nobody iterates any longer
  stream.on('error', () => undefined);
  const watch = watchCall(stream, limits);
  const assembly = new ExactAssembly();
  try {
    const messages: AsyncIterable<FactExactChunk> = stream;
    for await (const message of messages) {
      const progress = assembly.take(message);
      onProgress?.(progress);
    }
    return assembly.finish();
  } catch (error) {
    stream.cancel(); // leaving the loop ends the stream, but not the call
    throw NumStoreClientError.from(error);
  } finally {
    watch[Symbol.dispose]();
  }
}
