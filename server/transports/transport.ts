import type { Socket } from 'node:net';
import type {
  ServerReflectionRequest,
  ServerReflectionResponse,
} from '../../generated/grpc/reflection/v1/reflection.ts';
import type { RequestBudget } from '../../transport/index.ts';
import type { BidiHandler } from '../rpc/call.ts';
import type { WireHandlers } from '../rpc/decoded-handlers.ts';
import type { Health } from '../rpc/health.ts';
import type { Observer } from '../rpc/observer.ts';
import type { OnInternalError } from '../rpc/status.ts';
import type { ConnectionTimes } from './connection-limits.ts';

export type { RequestBudget };

/** What carries the calls: grpc-js, or our own. Both get the very same handlers. */
export const transportNames = ['grpc-js', 'native'] as const;
export type TransportName = (typeof transportNames)[number];

/** A key, a number and their tags, with room to spare; nobody needs to send more. */
export const requestBytesMax = 65_536;

/** What a transport serves, and what it tells. */
export interface TransportOptions {
  readonly handlers: WireHandlers;
  readonly health: Health;
  /** Server reflection; `undefined` where it is not served. */
  readonly reflect: BidiHandler<ServerReflectionRequest, ServerReflectionResponse> | undefined;
  readonly onInternalError: OnInternalError;
  /** Hears of every call. @default nothing is measured */
  readonly observer?: Observer | undefined;
  /** How long a reader of a stream may take nothing before it is cut off, in milliseconds. */
  readonly readerStallMs: number;
  /** How long connections may do nothing of use. */
  readonly times: ConnectionTimes;
  /** Bounds the bytes of requests over all connections. @default no bound beside that of each */
  readonly requests?: RequestBudget | undefined;
  /** Closes the connection of a peer, its address and port. */
  readonly cut: (peer: string) => void;
  /** An assertion inside the transport failed, and one connection was cut off. */
  readonly onConnectionKilled: (error: unknown) => void;
}

/** Serves gRPC on connections that somebody else accepts. */
export interface Transport {
  /** Takes over a connection: plain, or TLS with HTTP/2 agreed. */
  accept(socket: Socket): void;
  /** Lets the calls under way end for at most `limitMs`, then cuts them off. Resolves to whether all ended in time. */
  drain(limitMs: number): Promise<boolean>;
}
