/** The door of the transport: code outside of this folder imports nothing else of it. */

export { type GrpcClient, openGrpcClient } from './client/client.ts';
export type { ClientTlsOptions } from './client/connect-tls.ts';
export type { CallOptions, GrpcClientOptions } from './client/options.ts';
export type { CallSink } from './client/unary-call.ts';
export { openUnaryConnection, type UnaryConnection } from './client/unary-connection.ts';
export type { SessionCalls } from './client/unary-session.ts';
export type { Limits } from './frames/limits.ts';
export { isGrpcContentType } from './grpc/content-type.ts';
export { lookUp } from './grpc/metadata.ts';
export { percentEncode } from './grpc/percent.ts';
export { GrpcError, Status, type StatusReply } from './grpc/status.ts';
export { parseTimeout } from './grpc/timeout.ts';
export type { HeaderField } from './hpack/field.ts';
export type {
  BidiHandler,
  Call,
  ClientStreamHandler,
  ServerStreamHandler,
  UnaryHandler,
} from './server/call.ts';
export { type GrpcListener, type ListenerOptions, openGrpcListener } from './server/listener.ts';
export type { GrpcServerOptions, Times } from './server/options.ts';
export type { RequestAccount, RequestBudget } from './server/request-budget.ts';
export { bidi, clientStream, type Route, serverStream, unary } from './server/routes.ts';
export { createGrpcServer, type GrpcServer, type ServerCounts } from './server/server.ts';
export {
  createTlsTerminator,
  type HandshakeFailure,
  type TerminatorOptions,
  type TlsOptions,
  type TlsTerminator,
} from './tls.ts';
