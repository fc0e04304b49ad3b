import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createLock } from '../../../server/domain/lock.ts';
import { openPool } from '../../../server/pool/pool.ts';
import { decodeHandlers } from '../../../server/rpc/decoded-handlers.ts';
import { createHandlers } from '../../../server/rpc/handlers.ts';
import { createHealth } from '../../../server/rpc/health.ts';
import { createReflection } from '../../../server/rpc/reflection.ts';
import { createCache } from '../../../server/service/cache.ts';
import { createInFlight } from '../../../server/service/in-flight.ts';
import { createMemoryBudget } from '../../../server/service/memory-budget.ts';
import { createService } from '../../../server/service/service.ts';
import { createMemoryStore } from '../../../server/store/memory.ts';
import { connectionTimes } from '../../../server/transports/connection-limits.ts';
import { createNativeServer } from '../../../server/transports/native/server.ts';
import { root } from '../../support/process.ts';

const services = [
  'NumStore',
  'NumStoreExtended',
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
];

/** The whole of NumStore on the native transport, on a free port of the loopback. */
export interface NativeNumStore {
  readonly port: number;
  /** Errors that callers do not see, and those of the transport. */
  readonly faults: readonly unknown[];
  close(): Promise<void>;
}

export async function openNativeNumStore(): Promise<NativeNumStore> {
  const faults: unknown[] = [];
  const lock = createLock();
  const store = createMemoryStore({ lock });
  const pool = await openPool({ queueLimit: 16 });
  const memory = createMemoryBudget(2 ** 28);
  const cache = createCache({ bytesMax: 2 ** 26 });
  const service = createService({
    lock,
    store,
    cache,
    inFlight: createInFlight(),
    memory,
    pool,
    nMax: 1_000_000,
  });
  const health = createHealth(services, []);
  health.serve();
  const descriptors = readFileSync(join(root, 'generated/descriptors.binpb'));
  const grpc = createNativeServer({
    handlers: decodeHandlers(createHandlers(service, 'memory')),
    health,
    reflect: createReflection(descriptors, services),
    readerStallMs: 10_000,
    times: connectionTimes,
    onInternalError: (_id, error) => faults.push(error),
    onConnectionKilled: (error) => faults.push(error),
  });
  const listener = createServer({ noDelay: true }, (socket) => grpc.accept(socket));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new TypeError('Expected a TCP address');
  return {
    port: address.port,
    faults,
    async close() {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      health.drain();
      await grpc.drain(5_000);
      await closed;
      await pool.close();
      await store.close();
    },
  };
}
