import { readFileSync } from 'node:fs';
import { createServer as createNetServer, type Server, type Socket } from 'node:net';
import { Server as GrpcJsServer, ServerCredentials } from '@grpc/grpc-js';
import { FactRequest, NumStoreService, SetNumRequest } from '../../generated/numstore.ts';
import { createCache } from '../../server/cache/cache.ts';
import { createFlights } from '../../server/cache/flights.ts';
import { withBytesAsRequests } from '../../server/grpc-js/definition.ts';
import { unary } from '../../server/grpc-js/unary.ts';
import { createHandlers, type NumStoreHandlers } from '../../server/handlers.ts';
import { createHealth } from '../../server/health.ts';
import { createLock } from '../../server/lock.ts';
import { createNativeServer } from '../../server/native/server.ts';
import { createSharedLock } from '../../server/native/shared-lock.ts';
import { openPool } from '../../server/pool/pool.ts';
import { createService } from '../../server/service.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import { createTlsServer } from '../../transport/tls.ts';

/** A server to measure: PORT, and then how: native or grpc-js or sockets, shared or own (lock), FOLDER of TLS files. */

const [port = '0', transport = 'native', locking = 'shared', tlsFolder] = process.argv.slice(2);
const tls =
  tlsFolder === undefined
    ? undefined
    : { cert: readFileSync(`${tlsFolder}/cert.pem`), key: readFileSync(`${tlsFolder}/key.pem`) };

async function openHandlers(): Promise<NumStoreHandlers> {
  const lock = locking === 'own' ? createLock() : createSharedLock(createLock());
  const pool = await openPool({ queueLimit: 256, onWorkerLost: (error) => console.error(error) });
  const store = createMemoryStore(lock);
  return createHandlers(createService({ lock, store, cache: createCache(), flights: createFlights(), pool }));
}

const onInternalError = (id: string, error: unknown): void => console.error(id, error);

async function acceptNatively(): Promise<(socket: Socket) => void> {
  const server = createNativeServer({
    handlers: await openHandlers(),
    health: createHealth(['NumStore']),
    reflect: async function* () {},
    onInternalError,
    onConnectionKilled: (error) => console.error(error),
  });
  return (socket) => server.accept(socket);
}

async function serveGrpcJs(): Promise<void> {
  const handlers = await openHandlers();
  const server = new GrpcJsServer();
  server.addService(withBytesAsRequests(NumStoreService), {
    setNum: unary(SetNumRequest, handlers.setNum, onInternalError),
    fact: unary(FactRequest, handlers.fact, onInternalError),
  });
  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [{ cert_chain: tls.cert, private_key: tls.key }]);
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(Number(port), '127.0.0.1', resolve));
}

if (transport === 'grpc-js') {
  await serveGrpcJs();
} else if (transport === 'sockets') {
  // Holds connections and does nothing: what a socket costs by itself.
  const held = new Set<Socket>();
  await listen(createNetServer((socket) => held.add(socket.on('error', () => {}))));
} else {
  const accept = await acceptNatively();
  await listen(tls === undefined ? createNetServer({ noDelay: true }, accept) : createTlsServer(tls, accept));
}
console.log(`ready: ${transport}, Node ${process.version}`);

process.once('SIGTERM', () => process.exit());
