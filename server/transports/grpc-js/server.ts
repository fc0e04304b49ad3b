import { Server as GrpcServer, logVerbosity, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js';
import {
  HealthCheckRequest,
  type HealthServer,
  HealthService,
} from '../../../generated/grpc/health/v1/health.ts';
import {
  ServerReflectionRequest,
  type ServerReflectionServer,
  ServerReflectionService,
} from '../../../generated/grpc/reflection/v1/reflection.ts';
import {
  type NumStoreExtendedServer,
  NumStoreExtendedService,
  type NumStoreServer,
  NumStoreService,
} from '../../../generated/numstore.ts';
import { createChunkSerializer } from '../../rpc/chunk-serializer.ts';
import { decoding } from '../../rpc/decoded-handlers.ts';
import { chunkBytesMax } from '../../rpc/handlers.ts';
import { streamsMax } from '../connection-limits.ts';
import { requestBytesMax, type Transport, type TransportOptions } from '../transport.ts';
import type { AdapterOptions } from './adapter.ts';
import { Connections } from './connections.ts';
import { type Known, withBytesAsRequests } from './definition.ts';
import { keepRequestRules, type ServedMethod, timerMsMax } from './request-rules.ts';
import { Requests } from './requests.ts';
import { bidi, stream } from './stream.ts';
import { unary } from './unary.ts';

/** Messages of a listing that may be on their way at once: at most 64 KiB of them, and about a millisecond of work. */
const listInFlight = 64;

/** MB that nghttp2 may hold for one connection: twice what all of its calls take that send or are sent 64 KiB each. */
const sessionMemoryMbMax = 64;

/** grpc-js, serving connections that a listener of ours accepts. */
export function createGrpcJsTransport(options: TransportOptions): Transport {
  // Its log repeats what callers send, such as metadata that it drops, and goes to standard error.
  setLogVerbosity(logVerbosity.NONE);
  const grpc = createServer(options);
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const requests = new Requests(options);
  keepRequestRules(grpc, {
    methods: servedMethods(options),
    onRequest: (stream, method) => requests.watch(stream, method),
  });
  const connections = new Connections(options.times);
  return {
    accept(socket) {
      connections.add(socket);
      injector.injectConnection(socket);
    },
    async drain(limitMs) {
      // On Node 24 it says that it is done when its sessions have begun to close; a connection that is closed is not
      // open to doubt.
      const done = Promise.all([shutDown(grpc), connections.empty()]).then(() => undefined);
      if (await within(limitMs, done)) return true;
      // A client that is busy may be late to close its side, with no call under way.
      const { areEnded } = connections;
      grpc.forceShutdown();
      return areEnded;
    },
  };
}

function createServer(options: TransportOptions): GrpcServer {
  const { handlers, health, reflect, times } = options;
  const adapter: AdapterOptions = options;
  const grpc = new GrpcServer({
    // Its statistics cost 4 % of the exercise's p50 (2.76 to 2.65 ms), and no service serves them.
    'grpc.enable_channelz': 0,
    'grpc.max_receive_message_length': requestBytesMax,
    'grpc.max_concurrent_streams': streamsMax,
    'grpc-node.max_session_memory': sessionMemoryMbMax,
    'grpc.max_connection_idle_ms': times.idleMs,
    'grpc.keepalive_time_ms': times.keepaliveMs,
    // `Connections` finds silent peers: here a peer that reads slowly would be taken for one.
    'grpc.keepalive_timeout_ms': timerMsMax,
  });
  grpc.addService(withBytesAsRequests(NumStoreService), {
    setNum: unary(handlers.setNum, adapter),
    fact: unary(handlers.fact, adapter),
  } satisfies Known<NumStoreServer>);
  const { factExact } = NumStoreExtendedService;
  const responseSerialize = createChunkSerializer(chunkBytesMax);
  const extended = { ...NumStoreExtendedService, factExact: { ...factExact, responseSerialize } };
  grpc.addService(withBytesAsRequests(extended), {
    factExact: stream(handlers.factExact, adapter, 1),
    getNum: unary(handlers.getNum, adapter),
    addNum: unary(handlers.addNum, adapter),
    deleteNum: unary(handlers.deleteNum, adapter),
    listNums: stream(handlers.listNums, adapter, listInFlight),
    getStats: unary(handlers.getStats, adapter),
  } satisfies Known<NumStoreExtendedServer>);
  grpc.addService(withBytesAsRequests(HealthService), {
    check: unary(decoding(HealthCheckRequest, health.check), adapter),
    watch: stream(decoding(HealthCheckRequest, health.watch), adapter, 1),
  } satisfies Known<HealthServer>);
  if (reflect !== undefined) {
    grpc.addService(withBytesAsRequests(ServerReflectionService), {
      serverReflectionInfo: bidi(ServerReflectionRequest, reflect, adapter),
    } satisfies Known<ServerReflectionServer>);
  }
  return grpc;
}

function servedMethods({ reflect }: TransportOptions): readonly ServedMethod[] {
  const services = [NumStoreService, NumStoreExtendedService, HealthService];
  const all = reflect === undefined ? services : [...services, ServerReflectionService];
  return all.flatMap((service) => Object.values(service));
}

/** Asks every connection to end once its calls have ended. */
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
