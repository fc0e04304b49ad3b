import type { FactExactChunk } from '../../generated/numstore.ts';
import { ExactAssembly, type ExactFactorial, type ExactProgress } from '../api/exact-factorial.ts';

/**
 * Receives one exact factorial, a message at a time.
 *
 * @param onProgress called after each message
 * @throws NumStoreClientError CORRUPT when the answer contradicts itself, else the name of the gRPC status
 */
export async function receiveExact(
  messages: AsyncIterable<FactExactChunk>,
  onProgress?: ((progress: ExactProgress) => void) | undefined,
): Promise<ExactFactorial> {
  const assembly = new ExactAssembly();
  for await (const message of messages) {
    const progress = assembly.take(message);
    onProgress?.(progress);
  }
  return assembly.finish();
}
