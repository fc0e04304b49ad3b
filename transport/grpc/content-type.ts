/** The type of what we send: messages in protobuf. */
export const contentType = 'application/grpc';
const accepted = /^application\/grpc(\+proto)?\s*(;|$)/i;

/** Whether a request of this type is gRPC with protobuf messages. Others get HTTP status 415. */
export function isGrpcContentType(value: string): boolean {
  return value === contentType || accepted.test(value);
}
