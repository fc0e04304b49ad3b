/** The status codes of gRPC. */
export const Status = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;
export type Status = (typeof Status)[keyof typeof Status];

const known: readonly Status[] = Object.values(Status);

/**
 * The code that `text` (the value of `grpc-status`) names; UNKNOWN for anything that is no code.
 */
export function parseStatus(text: string): Status {
  return known.find((code) => String(code) === text) ?? Status.UNKNOWN;
}

/** How a call ended, if not with OK. */
export interface StatusReply {
  readonly code: Status;
  readonly details: string;
  /** Trailers to send along: name and value. */
  readonly trailers?: Iterable<readonly [name: string, value: string]>;
}

/** A call failed: thrown by handlers to choose the status, by the client to report it. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly code: Status;
  /** The trailers that came with the status. Empty if the status is not the peer's. */
  readonly trailers: ReadonlyMap<string, string>;

  constructor(code: Status, details: string, trailers: ReadonlyMap<string, string> = new Map()) {
    super(details);
    this.code = code;
    this.trailers = trailers;
  }
}

/**
 * The status of a GrpcError. The text of other errors may hold secrets: the caller never gets it.
 */
export function statusOfError(error: unknown): StatusReply {
  if (error instanceof GrpcError) {
    return { code: error.code, details: error.message, trailers: error.trailers };
  }
  return { code: Status.UNKNOWN, details: 'The handler failed' };
}
