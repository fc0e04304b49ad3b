import { connect, type Socket } from 'node:net';
import { GrpcError, Status } from '../grpc/status.ts';
import { alpn } from '../io/alpn.ts';
import { connectTls } from './connect-tls.ts';
import { connectMsDefault, type GrpcClientOptions } from './options.ts';

/**
 * Connects, TLS included.
 * @throws GrpcError UNAVAILABLE if that fails or takes too long
 */
export async function connectSocket(options: GrpcClientOptions): Promise<Socket> {
  const { host, port, tls, connectMs = connectMsDefault } = options;
  const socket = tls === undefined ? connect({ host, port }) : await connectTls(host, port, tls);
  socket.setNoDelay(true);
  return await new Promise((resolve, reject) => {
    const fail = (message: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new GrpcError(Status.UNAVAILABLE, `Cannot connect to ${host}:${port}: ${message}`));
    };
    const timer = setTimeout(fail, connectMs, `no connection within ${connectMs} ms`);
    const onError = (error: Error): void => fail(describe(error));
    socket.once('error', onError);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      if ('alpnProtocol' in socket && socket.alpnProtocol !== alpn) {
        fail('the server does not offer HTTP/2');
        return;
      }
      clearTimeout(timer);
      socket.off('error', onError);
      resolve(socket);
    });
  });
}

/** Connecting to several addresses of a name fails with one error that holds the others. */
function describe(error: Error): string {
  return error instanceof AggregateError ? error.errors.map(String).join('; ') : error.message;
}
