import { BinaryWriter } from '@bufbuild/protobuf/wire';
import {
  HealthCheckRequest,
  HealthCheckResponse,
  HealthService,
} from '../../generated/grpc/health/v1/health.ts';
import {
  ServerReflectionRequest,
  ServerReflectionResponse,
  ServerReflectionService,
} from '../../generated/grpc/reflection/v1/reflection.ts';
import {
  AddNumRequest,
  AddNumResponse,
  DeleteNumRequest,
  DeleteNumResponse,
  FactExactChunk,
  FactExactRequest,
  FactRequest,
  FactResponse,
  GetNumRequest,
  GetNumResponse,
  GetStatsRequest,
  ListNumsRequest,
  Num,
  NumStoreExtendedService,
  NumStoreService,
  SetNumRequest,
  SetNumResponse,
  Stats,
} from '../../generated/numstore.ts';
import { bidi, type Route, serverStream, unary } from '../../transport/index.ts';
import type { BidiHandler, StreamHandler, UnaryHandler } from '../call.ts';
import { decodeRequest, type MessageType } from '../decode.ts';
import type { Handlers } from '../handlers.ts';
import type { Health } from '../health.ts';
import { timedStream, timedUnary } from './timed-call.ts';

/** What our own transport serves: the very handlers that grpc-js gets. */
export interface NativeServices {
  readonly handlers: Handlers;
  readonly health: Health;
  readonly reflect: BidiHandler<ServerReflectionRequest, ServerReflectionResponse>;
}

/** A route for each method. A service that gains a method does not compile until the method has its route. */
export function createRoutes({ handlers, health, reflect }: NativeServices): readonly Route[] {
  const { setNum, fact } = NumStoreService;
  const { factExact, getNum, addNum, deleteNum, listNums, getStats } = NumStoreExtendedService;
  const { check, watch } = HealthService;
  const { serverReflectionInfo } = ServerReflectionService;
  const numStore = {
    setNum: one(setNum, SetNumRequest, SetNumResponse, handlers.setNum),
    fact: one(fact, FactRequest, FactResponse, handlers.fact),
  } satisfies Record<keyof typeof NumStoreService, Route>;
  const extended = {
    factExact: many(factExact, FactExactRequest, FactExactChunk, handlers.factExact),
    getNum: one(getNum, GetNumRequest, GetNumResponse, handlers.getNum),
    addNum: one(addNum, AddNumRequest, AddNumResponse, handlers.addNum),
    deleteNum: one(deleteNum, DeleteNumRequest, DeleteNumResponse, handlers.deleteNum),
    listNums: many(listNums, ListNumsRequest, Num, handlers.listNums),
    getStats: one(getStats, GetStatsRequest, Stats, handlers.getStats),
  } satisfies Record<keyof typeof NumStoreExtendedService, Route>;
  const others = [
    one(check, HealthCheckRequest, HealthCheckResponse, health.check),
    many(watch, HealthCheckRequest, HealthCheckResponse, health.watch),
    bidi({ ...serverReflectionInfo, ...codec(ServerReflectionRequest, ServerReflectionResponse) }, reflect),
  ];
  return [...Object.values(numStore), ...Object.values(extended), ...others];
}

interface Path {
  readonly path: string;
}

function one<Request, Response>(
  { path }: Path,
  requests: MessageType<Request>,
  responses: Encodable<Response>,
  handler: UnaryHandler<Request, Response>,
): Route {
  const kind = { path, requestStream: false, responseStream: false } as const;
  return unary({ ...kind, ...codec(requests, responses) }, timedUnary(handler));
}

function many<Request, Response>(
  { path }: Path,
  requests: MessageType<Request>,
  responses: Encodable<Response>,
  handler: StreamHandler<Request, Response>,
): Route {
  const kind = { path, requestStream: false, responseStream: true } as const;
  return serverStream({ ...kind, ...codec(requests, responses) }, timedStream(handler));
}

/** The part of a generated message type that writes it. */
interface Encodable<Message> {
  encode(message: Message, writer: BinaryWriter): BinaryWriter;
}

interface Codec<Request, Response> {
  readonly requestDeserialize: (bytes: Buffer) => Request;
  readonly responseSerialize: (message: Response) => Uint8Array;
}

/** Requests decoded strictly, responses encoded without a new writer and a copy for each. */
function codec<Request, Response>(
  requests: MessageType<Request>,
  responses: Encodable<Response>,
): Codec<Request, Response> {
  let writer = new BinaryWriter();
  return {
    requestDeserialize: (bytes) => decodeRequest(requests, bytes),
    responseSerialize: (message) => {
      try {
        return responses.encode(message, writer).finish();
      } catch (error) {
        // It holds what was written before the fault.
        writer = new BinaryWriter();
        throw error;
      }
    },
  };
}
