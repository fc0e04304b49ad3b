import type { ServerWords } from '../argv/address.ts';
import { openClient } from '../client.ts';

/**
 * Finds out whether a gRPC server answers before any thread is started, in the same way and in the same words for
 * every run: one that is just starting is waited for, and what takes connections but speaks no gRPC is none.
 *
 * @throws NumStoreClientError UNREACHABLE
 */
export async function assertReachable({ host, port, security }: ServerWords): Promise<void> {
  const client = await openClient({ host, port, ...security });
  await client.close();
}
