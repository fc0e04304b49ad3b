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
  FactRequest,
  FactResponse,
  NumStoreService,
  SetNumRequest,
  SetNumResponse,
} from '../../generated/numstore.ts';
import { bidi, type Route, serverStream, unary } from '../../transport/index.ts';
import type { BidiHandler } from '../call.ts';
import { decodeRequest, type MessageType } from '../decode.ts';
import type { NumStoreHandlers } from '../handlers.ts';
import type { Health } from '../health.ts';

/** What our own transport serves: the very handlers that grpc-js gets. */
export interface NativeServices {
  readonly handlers: NumStoreHandlers;
  readonly health: Health;
  readonly reflect: BidiHandler<ServerReflectionRequest, ServerReflectionResponse>;
}

/** A route for each method. */
export function createRoutes({ handlers, health, reflect }: NativeServices): readonly Route[] {
  const { check, watch } = HealthService;
  const { serverReflectionInfo } = ServerReflectionService;
  return [
    unary({ ...NumStoreService.setNum, ...codec(SetNumRequest, SetNumResponse) }, handlers.setNum),
    unary({ ...NumStoreService.fact, ...codec(FactRequest, FactResponse) }, handlers.fact),
    unary({ ...check, ...codec(HealthCheckRequest, HealthCheckResponse) }, health.check),
    serverStream({ ...watch, ...codec(HealthCheckRequest, HealthCheckResponse) }, health.watch),
    bidi({ ...serverReflectionInfo, ...codec(ServerReflectionRequest, ServerReflectionResponse) }, reflect),
  ];
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
