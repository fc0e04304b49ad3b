import { readFileSync } from 'node:fs';
import { createServer as createNetServer, type Server, type Socket } from 'node:net';
import { Server as GrpcJsServer, ServerCredentials } from '@grpc/grpc-js';
import { NumStoreService } from '../../generated/numstore.ts';
import { decodeHandlers } from '../../server/rpc/decoded-handlers.ts';
import { createHealth } from '../../server/rpc/health.ts';
import { connectionTimes } from '../../server/transports/connection-limits.ts';
import type { AdapterOptions } from '../../server/transports/grpc-js/adapter.ts';
import { withBytesAsRequests } from '../../server/transports/grpc-js/definition.ts';
import { unary } from '../../server/transports/grpc-js/unary.ts';
import { createNativeServer } from '../../server/transports/native/server.ts';
import { createTlsTerminator } from '../../transport/index.ts';
import { createBareServer } from './bare.ts';
import { openHandlers } from './handlers.ts';

/** A server to measure: PORT, and then how: native, grpc-js, bare or sockets; a lock that is shared, unshared or none; FOLDER of TLS files. */

const [port = '0', transport = 'native', locking = 'shared', tlsFolder] = process.argv.slice(2);
const tls =
  tlsFolder === undefined
    ? undefined
    : { cert: readFileSync(`${tlsFolder}/cert.pem`), key: readFileSync(`${tlsFolder}/key.pem`) };

const readerStallMs = 10_000;
const onInternalError = (id: string, error: unknown): void => console.error(id, error);

async function acceptNatively(): Promise<(socket: Socket) => void> {
  const server = createNativeServer({
    handlers: decodeHandlers(await openHandlers(locking)),
    health: createHealth(['NumStore'], []),
    reflect: async function* () {},
    onInternalError,
    readerStallMs,
    times: connectionTimes,
    onConnectionKilled: (error) => console.error(error),
  });
  return (socket) => server.accept(socket);
}

async function serveGrpcJs(): Promise<void> {
  const handlers = decodeHandlers(await openHandlers(locking));
  const options: AdapterOptions = { onInternalError, readerStallMs, cut() {} };
  const server = new GrpcJsServer();
  server.addService(withBytesAsRequests(NumStoreService), {
    setNum: unary(handlers.setNum, options),
    fact: unary(handlers.fact, options),
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
} else if (transport === 'bare') {
  await listen(createBareServer());
} else {
  const onSecure = await acceptNatively();
  const accept = tls === undefined ? onSecure : createTlsTerminator(tls, { onSecure }).accept;
  await listen(createNetServer({ noDelay: true }, accept));
}
console.log(`ready: ${transport}, Node ${process.version}`);

process.once('SIGTERM', () => process.exit());
