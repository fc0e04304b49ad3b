export { GrpcError, Status } from './grpc/status.ts';
export { openGrpcListener } from './server/listener.ts';
export { bidi, clientStream, serverStream, unary } from './server/routes.ts';
export { createGrpcServer } from './server/server.ts';
