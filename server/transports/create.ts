import { decodeHandlers } from '../rpc/decoded-handlers.ts';
import type { Handlers } from '../rpc/handlers.ts';
import { type Guard, guardHandlers } from '../security/authorize.ts';
import type { Transport, TransportName, TransportOptions } from './transport.ts';

/** What a transport is made from. */
export interface ServedOptions extends Omit<TransportOptions, 'handlers'> {
  readonly handlers: Handlers;
  /** Checks every call before its request is read. @default no check */
  readonly guard?: Guard | undefined;
}

/** Makes a transport that passes each call to the guard, then the decoder, then the handler. */
export async function createTransport(
  name: TransportName,
  { handlers, guard, ...options }: ServedOptions,
): Promise<Transport> {
  const create = await loadTransport(name);
  const decoding = decodeHandlers(handlers);
  return create({ ...options, handlers: guard === undefined ? decoding : guardHandlers(guard, decoding) });
}

/** Loads the transport `name`, and no other. */
export async function loadTransport(name: TransportName): Promise<(options: TransportOptions) => Transport> {
  switch (name) {
    case 'grpc-js': {
      const { createGrpcJsTransport } = await import('./grpc-js/server.ts');
      return createGrpcJsTransport;
    }
    case 'native': {
      const { createNativeServer } = await import('./native/server.ts');
      return createNativeServer;
    }
  }
}
