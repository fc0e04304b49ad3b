import { createGrpcServer, type GrpcServer } from '../../transport/index.ts';
import type { OnInternalError } from '../status.ts';
import { createRoutes, type NativeServices } from './routes.ts';
import { abortReason, createStatusMapper } from './status.ts';

/** What the native server needs beyond the services. */
export interface NativeServerOptions extends NativeServices {
  readonly onInternalError: OnInternalError;
  /** How long a reader of a stream may take nothing before it is cut off, in milliseconds. */
  readonly readerStallMs: number;
  /** An assertion inside the transport failed, and one connection was cut off. */
  readonly onConnectionKilled: (error: unknown) => void;
}

/** A key, a number and their tags, with room to spare; nobody needs to send more. */
const requestBytesMax = 65_536;

/** Our own transport, serving the project's handlers on connections that a listener of ours accepts. */
export function createNativeServer(options: NativeServerOptions): GrpcServer {
  return createGrpcServer({
    routes: createRoutes(options),
    toStatus: createStatusMapper(options.onInternalError),
    abortReason,
    onInternalError: options.onConnectionKilled,
    messageBytesMax: requestBytesMax,
    times: { stallMs: options.readerStallMs },
  });
}
