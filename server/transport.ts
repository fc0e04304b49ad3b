import type { Socket } from 'node:net';
import type {
  ServerReflectionRequest,
  ServerReflectionResponse,
} from '../generated/grpc/reflection/v1/reflection.ts';
import type { BidiHandler } from './call.ts';
import type { Handlers } from './handlers.ts';
import type { Health } from './health.ts';
import type { OnInternalError } from './status.ts';

/** What carries the calls: grpc-js, or our own. Both get the very same handlers. */
export const transportNames = ['grpc-js', 'native'] as const;
export type TransportName = (typeof transportNames)[number];

/** What a transport serves, and what it tells. */
export interface TransportOptions {
  readonly handlers: Handlers;
  readonly health: Health;
  readonly reflect: BidiHandler<ServerReflectionRequest, ServerReflectionResponse>;
  readonly onInternalError: OnInternalError;
  /** How long a reader of a stream may take nothing before it is cut off, in milliseconds. */
  readonly readerStallMs: number;
  /** Closes the connection of a peer, its address and port. */
  readonly cut: (peer: string) => void;
  /** An assertion inside the transport failed, and one connection was cut off. */
  readonly onConnectionKilled: (error: unknown) => void;
}

/** Serves gRPC on connections that somebody else accepts. */
export interface Transport {
  accept(socket: Socket): void;
  /** Lets the calls under way end for at most `limitMs`, then cuts them off. Resolves to whether all ended in time. */
  drain(limitMs: number): Promise<boolean>;
}
