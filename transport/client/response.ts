import { ErrorCode } from '../frames/errors.ts';
import { isGrpcContentType } from '../grpc/content-type.ts';
import { lookUp, toMap } from '../grpc/metadata.ts';
import { percentDecode } from '../grpc/percent.ts';
import { GrpcError, parseStatus, Status } from '../grpc/status.ts';
import type { HeaderField } from '../hpack/field.ts';

/** HTTP statuses with a meaning for gRPC (gRPC, "HTTP to gRPC Status Code Mapping"). */
const statusOfHttp: Readonly<Record<string, Status>> = {
  '400': Status.INTERNAL,
  '401': Status.UNAUTHENTICATED,
  '403': Status.PERMISSION_DENIED,
  '404': Status.UNIMPLEMENTED,
  '429': Status.UNAVAILABLE,
  '502': Status.UNAVAILABLE,
  '503': Status.UNAVAILABLE,
  '504': Status.UNAVAILABLE,
};

/** The error of a response that is not gRPC. Undefined if it is gRPC. */
export function faultOfHead(httpStatus: string, fields: readonly HeaderField[]): GrpcError | undefined {
  if (httpStatus !== '200') {
    const code = statusOfHttp[httpStatus] ?? Status.UNKNOWN;
    return new GrpcError(code, `The server answered with the HTTP status ${httpStatus}`);
  }
  if (isGrpcContentType(lookUp(fields, 'content-type') ?? '')) return undefined;
  return new GrpcError(Status.UNKNOWN, 'The response is not gRPC');
}

/** The error of trailers. Undefined for OK. */
export function errorOfTrailers(fields: readonly HeaderField[]): GrpcError | undefined {
  const status = lookUp(fields, 'grpc-status');
  if (status === '0') return undefined;
  const trailers = toMap(fields.filter(({ name }) => name !== 'grpc-status' && name !== 'grpc-message'));
  if (status === undefined)
    return new GrpcError(Status.INTERNAL, 'The response ends without a status', trailers);
  return new GrpcError(parseStatus(status), percentDecode(lookUp(fields, 'grpc-message') ?? ''), trailers);
}

/** The error of a stream that was reset (gRPC over HTTP/2, "Errors"). */
export function errorOfReset(code: ErrorCode): GrpcError {
  switch (code) {
    case ErrorCode.refusedStream:
      return new GrpcError(Status.UNAVAILABLE, 'The server refused the stream; nothing was done');
    case ErrorCode.cancel:
      return new GrpcError(Status.CANCELLED, 'The server cancelled the call');
    case ErrorCode.enhanceYourCalm:
      return new GrpcError(Status.RESOURCE_EXHAUSTED, 'The server asks for less');
    case ErrorCode.inadequateSecurity:
      return new GrpcError(Status.PERMISSION_DENIED, 'The server asks for more security');
    default:
      return new GrpcError(Status.INTERNAL, `The server broke the stream off with the code ${code}`);
  }
}
