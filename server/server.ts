import { readFileSync } from 'node:fs';
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { HealthCheckRequest, type HealthServer, HealthService } from '../generated/grpc/health/v1/health.ts';
import {
  ServerReflectionRequest,
  type ServerReflectionServer,
  ServerReflectionService,
} from '../generated/grpc/reflection/v1/reflection.ts';
import {
  AddNumRequest,
  DeleteNumRequest,
  FactExactRequest,
  FactRequest,
  GetNumRequest,
  GetStatsRequest,
  ListNumsRequest,
  type NumStoreExtendedServer,
  NumStoreExtendedService,
  type NumStoreServer,
  NumStoreService,
  SetNumRequest,
} from '../generated/numstore.ts';
import type { AdapterOptions } from './grpc-js/adapter.ts';
import { type Known, withBytesAsRequests } from './grpc-js/definition.ts';
import { bidi, stream } from './grpc-js/stream.ts';
import { unary } from './grpc-js/unary.ts';
import type { Handlers } from './handlers.ts';
import { createHealth, type Health } from './health.ts';
import { openListener } from './listener.ts';
import { createReflection } from './reflection.ts';
import type { OnInternalError } from './status.ts';

/** Full names of what this server serves; health and reflection know them. */
const services = [
  'NumStore',
  'NumStoreExtended',
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
] as const;

/** Of these, what cannot answer without the store. */
const storeServices = ['NumStore', 'NumStoreExtended'] as const;

/** A reader that takes nothing for so long is not slow but stuck, and what it holds is needed. */
const readerStallMsDefault = 10_000;

/** Messages of a listing that may be on their way at once: at most 64 KiB of them, and about a millisecond of work. */
const listInFlight = 64;

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly handlers: Handlers;
  readonly onInternalError: OnInternalError;
  /** How long a reader of a stream may take nothing before it is cut off, in milliseconds. @default 10 000 */
  readonly readerStallMs?: number;
}

/** A server that listens. */
export interface Server {
  /** Where it listens, which may differ from what was asked: port 0, or a kernel without IPv6. */
  readonly host: string;
  readonly port: number;
  /** Whether the store can be reached: while it is away, the services that need it are NOT_SERVING. */
  setStoreServing(isServing: boolean): void;
  /**
   * Says NOT_SERVING, accepts nothing more, lets the calls under way end for at most `drainMs` and then cuts them
   * off. Idempotent: the first limit counts. Resolves to whether every call ended in time.
   */
  close(drainMs: number): Promise<boolean>;
}

/**
 * Binds and serves. It is SERVING when this resolves.
 * @throws Error of node:net, such as EADDRINUSE
 */
export async function openServer(options: ServerOptions): Promise<Server> {
  const health = createHealth(services, storeServices);
  const grpc = createGrpcServer(options.handlers, health, {
    onInternalError: options.onInternalError,
    readerStallMs: options.readerStallMs ?? readerStallMsDefault,
    cut: (peer) => listener.cut(peer),
  });
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = await openListener(options.host, options.port, (socket) =>
    injector.injectConnection(socket),
  );
  health.serve();

  const drain = async (drainMs: number): Promise<boolean> => {
    health.drain();
    listener.stop();
    const drained = await within(drainMs, shutDown(grpc));
    if (!drained) grpc.forceShutdown();
    await listener.close();
    return drained;
  };
  let closing: Promise<boolean> | undefined;
  return {
    host: listener.host,
    port: listener.port,
    setStoreServing: (isServing) => health.setStoreServing(isServing),
    close(drainMs) {
      closing ??= drain(drainMs);
      return closing;
    },
  };
}

function createGrpcServer(handlers: Handlers, health: Health, options: AdapterOptions): GrpcServer {
  const descriptors = readFileSync(new URL('../generated/descriptors.binpb', import.meta.url));
  const reflect = createReflection(descriptors, services);
  const grpc = new GrpcServer();
  grpc.addService(withBytesAsRequests(NumStoreService), {
    setNum: unary(SetNumRequest, handlers.setNum, options),
    fact: unary(FactRequest, handlers.fact, options),
  } satisfies Known<NumStoreServer>);
  grpc.addService(withBytesAsRequests(NumStoreExtendedService), {
    factExact: stream(FactExactRequest, handlers.factExact, options, 1),
    getNum: unary(GetNumRequest, handlers.getNum, options),
    addNum: unary(AddNumRequest, handlers.addNum, options),
    deleteNum: unary(DeleteNumRequest, handlers.deleteNum, options),
    listNums: stream(ListNumsRequest, handlers.listNums, options, listInFlight),
    getStats: unary(GetStatsRequest, handlers.getStats, options),
  } satisfies Known<NumStoreExtendedServer>);
  grpc.addService(withBytesAsRequests(HealthService), {
    check: unary(HealthCheckRequest, health.check, options),
    watch: stream(HealthCheckRequest, health.watch, options, 1),
  } satisfies Known<HealthServer>);
  grpc.addService(withBytesAsRequests(ServerReflectionService), {
    serverReflectionInfo: bidi(ServerReflectionRequest, reflect, options),
  } satisfies Known<ServerReflectionServer>);
  return grpc;
}

/** Resolves when every call has ended and every connection has said goodbye. */
function shutDown(grpc: GrpcServer): Promise<void> {
  return new Promise((resolve) => {
    // It reports that its own HTTP/2 server was not listening; the listener is ours, so that is no news.
    grpc.tryShutdown(() => resolve());
  });
}

/** Whether `work` is done within `ms`. */
async function within(ms: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
