import { BinaryWriter } from '@bufbuild/protobuf/wire';
import {
  HealthCheckRequest,
  HealthCheckResponse,
  HealthService,
} from '../../../generated/grpc/health/v1/health.ts';
import {
  ServerReflectionRequest,
  ServerReflectionResponse,
  ServerReflectionService,
} from '../../../generated/grpc/reflection/v1/reflection.ts';
import {
  AddNumResponse,
  DeleteNumResponse,
  FactResponse,
  GetNumResponse,
  Num,
  NumStoreExtendedService,
  NumStoreService,
  SetNumResponse,
  Stats,
} from '../../../generated/numstore.ts';
import { bidi, type Route, serverStream, unary } from '../../../transport/index.ts';
import type { BidiHandler, StreamHandler, UnaryHandler } from '../../rpc/call.ts';
import { createChunkSerializer } from '../../rpc/chunk-serializer.ts';
import { decodeRequest } from '../../rpc/decode.ts';
import { decoding, type WireHandlers } from '../../rpc/decoded-handlers.ts';
import { chunkBytesMax } from '../../rpc/handlers.ts';
import type { Health } from '../../rpc/health.ts';
import { type CallOptions, timedBidi, timedStream, timedUnary } from './observed-call.ts';

/** What our own transport serves: the very handlers that grpc-js gets. */
export interface NativeServices {
  readonly handlers: WireHandlers;
  readonly health: Health;
  /** Server reflection; `undefined` where it is not served. */
  readonly reflect: BidiHandler<ServerReflectionRequest, ServerReflectionResponse> | undefined;
}

/** A route for each method. A service that gains a method does not compile until the method has its route. */
export function createRoutes(services: NativeServices, options: CallOptions): readonly Route[] {
  const { handlers, health, reflect } = services;
  const { setNum, fact } = NumStoreService;
  const { factExact, getNum, addNum, deleteNum, listNums, getStats } = NumStoreExtendedService;
  const { check, watch } = HealthService;
  const numStore = {
    setNum: one(setNum, SetNumResponse, handlers.setNum, options),
    fact: one(fact, FactResponse, handlers.fact, options),
  } satisfies Record<keyof typeof NumStoreService, Route>;
  const extended = {
    factExact: serverStream(
      {
        path: factExact.path,
        requestStream: false,
        responseStream: true,
        requestDeserialize: (bytes) => bytes,
        responseSerialize: createChunkSerializer(chunkBytesMax),
      },
      timedStream(factExact.path, handlers.factExact, options),
    ),
    getNum: one(getNum, GetNumResponse, handlers.getNum, options),
    addNum: one(addNum, AddNumResponse, handlers.addNum, options),
    deleteNum: one(deleteNum, DeleteNumResponse, handlers.deleteNum, options),
    listNums: many(listNums, Num, handlers.listNums, options),
    getStats: one(getStats, Stats, handlers.getStats, options),
  } satisfies Record<keyof typeof NumStoreExtendedService, Route>;
  const others = [
    one(check, HealthCheckResponse, decoding(HealthCheckRequest, health.check), options),
    many(watch, HealthCheckResponse, decoding(HealthCheckRequest, health.watch), options),
    ...(reflect === undefined ? [] : [reflection(reflect, options)]),
  ];
  return [...Object.values(numStore), ...Object.values(extended), ...others];
}

function reflection(
  reflect: BidiHandler<ServerReflectionRequest, ServerReflectionResponse>,
  options: CallOptions,
): Route {
  const { serverReflectionInfo } = ServerReflectionService;
  return bidi(
    {
      ...serverReflectionInfo,
      requestDeserialize: (bytes) => decodeRequest(ServerReflectionRequest, bytes),
      responseSerialize: serializer(ServerReflectionResponse),
    },
    timedBidi(serverReflectionInfo.path, reflect, options),
  );
}

interface Path {
  readonly path: string;
}

function one<Response>(
  { path }: Path,
  responses: Encodable<Response>,
  handler: UnaryHandler<Uint8Array, Response>,
  options: CallOptions,
): Route {
  const kind = { path, requestStream: false, responseStream: false } as const;
  return unary({ ...kind, ...codec(responses) }, timedUnary(path, handler, options));
}

function many<Response>(
  { path }: Path,
  responses: Encodable<Response>,
  handler: StreamHandler<Uint8Array, Response>,
  options: CallOptions,
): Route {
  const kind = { path, requestStream: false, responseStream: true } as const;
  return serverStream({ ...kind, ...codec(responses) }, timedStream(path, handler, options));
}

/** The part of a generated message type that writes it. */
interface Encodable<Message> {
  encode(message: Message, writer: BinaryWriter): BinaryWriter;
}

interface Codec<Response> {
  readonly requestDeserialize: (bytes: Buffer) => Buffer;
  readonly responseSerialize: (message: Response) => Uint8Array;
}

/** Requests stay bytes: they are decoded where the call is measured, so that bad ones count, and behind the guard. */
function codec<Response>(responses: Encodable<Response>): Codec<Response> {
  return { requestDeserialize: (bytes) => bytes, responseSerialize: serializer(responses) };
}

/** Encodes without a new writer and a copy for each message. */
function serializer<Response>(responses: Encodable<Response>): (message: Response) => Uint8Array {
  let writer = new BinaryWriter();
  return (message) => {
    try {
      return responses.encode(message, writer).finish();
    } catch (error) {
      // It holds what was written before the fault.
      writer = new BinaryWriter();
      throw error;
    }
  };
}
