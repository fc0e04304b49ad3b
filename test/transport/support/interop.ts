import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import {
  bidi,
  type Call,
  Status as Code,
  clientStream,
  GrpcError,
  type Route,
  type Status,
  serverStream,
  unary,
} from '../../../transport/index.ts';

/**
 * The service of gRPC's interoperability tests (grpc/testing/test.proto), as far as the server's
 * part goes.
 */

interface Request {
  readonly sizes: readonly number[];
  readonly payloadBytes: number;
  readonly status: { readonly code: number; readonly message: string } | undefined;
}

/**
 * Reads SimpleRequest, StreamingOutputCallRequest and StreamingInputCallRequest: their fields do
 * not clash.
 */
function readRequest(bytes: Buffer, payloadField: number): Request {
  const sizes: number[] = [];
  let payloadBytes = 0;
  let status: Request['status'];
  each(bytes, (field, reader, wireType) => {
    if (field === payloadField) payloadBytes = readPayload(reader.bytes());
    else if (field === 2 && payloadField === 3) readSizes(reader, wireType, sizes);
    else if (field === 7) status = readStatus(reader.bytes());
    else return false;
    return true;
  });
  return { sizes, payloadBytes, status };
}

/** Calls `read` for each field; what it does not read is skipped. */
function each(
  bytes: Uint8Array,
  read: (field: number, reader: BinaryReader, wireType: number) => boolean,
): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    const at = reader.pos;
    if (!read(field, reader, wireType)) {
      reader.pos = at;
      reader.skip(wireType);
    }
  }
}

/**
 * Field 2: response_size of a SimpleRequest, or response_parameters of a
 * StreamingOutputCallRequest.
 */
function readSizes(reader: BinaryReader, wireType: number, sizes: number[]): void {
  if (wireType !== 2) {
    sizes.push(reader.int32());
    return;
  }
  let size = 0;
  each(reader.bytes(), (field, inner) => {
    if (field !== 1) return false;
    size = inner.int32();
    return true;
  });
  sizes.push(size);
}

function readPayload(bytes: Uint8Array): number {
  let length = 0;
  each(bytes, (field, reader) => {
    if (field !== 2) return false;
    length = reader.bytes().length;
    return true;
  });
  return length;
}

function readStatus(bytes: Uint8Array): { code: number; message: string } {
  const status = { code: 0, message: '' };
  each(bytes, (field, reader) => {
    if (field === 1) status.code = reader.int32();
    else if (field === 2) status.message = reader.string();
    else return false;
    return true;
  });
  return status;
}

/** SimpleResponse and StreamingOutputCallResponse: a payload of `size` zeros. */
function payload(size: number): Buffer {
  const inner = new BinaryWriter().uint32(18).bytes(new Uint8Array(size)).finish();
  return Buffer.from(new BinaryWriter().uint32(10).bytes(inner).finish());
}

function obey(request: Request): void {
  const code = Object.values(Code).find((known): known is Status => known === request.status?.code);
  if (code !== undefined && code !== Code.OK) throw new GrpcError(code, request.status?.message ?? '');
}

function echoMetadata(call: Call): void {
  const initial = call.metadata('x-grpc-test-echo-initial');
  const trailing = call.metadata('x-grpc-test-echo-trailing-bin');
  if (initial !== undefined) call.setHeader('x-grpc-test-echo-initial', initial);
  if (trailing !== undefined) call.setTrailer('x-grpc-test-echo-trailing-bin', trailing);
}

const method = <Q extends boolean, R extends boolean>(name: string, requestStream: Q, responseStream: R) => ({
  path: `/grpc.testing.TestService/${name}`,
  requestStream,
  responseStream,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: (bytes: Buffer) => bytes,
});

/** The cases of gRPC's interop client that this service answers. */
export const interopCases = [
  'empty_unary',
  'large_unary',
  'client_streaming',
  'server_streaming',
  'ping_pong',
  'empty_stream',
  'timeout_on_sleeping_server',
  'cancel_after_begin',
  'cancel_after_first_response',
  'status_code_and_message',
  'special_status_message',
  'custom_metadata',
  'unimplemented_method',
  'unimplemented_service',
] as const;

const byGoogle =
  "authenticates with Google's cloud; how callers are authenticated is no part of this transport";
const orca = 'load reports of ORCA, a convention of xDS balancers that this transport has no part in';

/** The others, and why. */
export const interopCasesLeftOut: Readonly<Record<string, string>> = {
  compute_engine_creds: byGoogle,
  service_account_creds: byGoogle,
  jwt_token_creds: byGoogle,
  per_rpc_creds: byGoogle,
  oauth2_auth_token: byGoogle,
  google_default_credentials: byGoogle,
  compute_engine_channel_credentials: byGoogle,
  pick_first_unary: 'asks which of several servers has answered; here there is one',
  orca_per_rpc: orca,
  orca_oob: orca,
};

export const interopRoutes: readonly Route[] = [
  unary(method('EmptyCall', false, false), async () => Buffer.alloc(0)),
  unary(method('UnaryCall', false, false), async (bytes, call) => {
    echoMetadata(call);
    const request = readRequest(bytes, 3);
    obey(request);
    return payload(request.sizes[0] ?? 0);
  }),
  serverStream(method('StreamingOutputCall', false, true), async function* (bytes, call) {
    echoMetadata(call);
    for (const size of readRequest(bytes, 3).sizes) yield payload(size);
  }),
  clientStream(method('StreamingInputCall', true, false), async (requests) => {
    let total = 0;
    for await (const bytes of requests) total += readRequest(bytes, 1).payloadBytes;
    return Buffer.from(new BinaryWriter().uint32(8).int32(total).finish());
  }),
  bidi(method('FullDuplexCall', true, true), async function* (requests, call) {
    echoMetadata(call);
    for await (const bytes of requests) {
      const request = readRequest(bytes, 3);
      obey(request);
      for (const size of request.sizes) yield payload(size);
    }
  }),
];
