import type { Handlers } from './handlers.ts';
import { type Guard, guardHandlers } from './security/guard.ts';
import type { Transport, TransportName, TransportOptions } from './transport.ts';
import { decodeHandlers } from './wire-handlers.ts';

/** What is served, to whom, and how. */
export interface ServedOptions extends Omit<TransportOptions, 'handlers'> {
  readonly handlers: Handlers;
  /** Who may call. @default everybody may */
  readonly guard?: Guard | undefined;
}

/** The one way from handlers to a transport: the guard, the decoder, the handler. */
export async function createTransport(
  name: TransportName,
  { handlers, guard, ...options }: ServedOptions,
): Promise<Transport> {
  const create = await loadTransport(name);
  const decoding = decodeHandlers(handlers);
  return create({ ...options, handlers: guard === undefined ? decoding : guardHandlers(guard, decoding) });
}

/** Only the transport that is used is loaded. */
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
