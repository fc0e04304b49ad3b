/** What a handler may know of the call that it answers. */
export interface Call {
  /** Aborted when the caller has gone or its deadline has passed. Made when it is first read. */
  readonly signal: AbortSignal;
  /** Milliseconds until the caller's deadline; infinite without one. */
  readonly timeLeftMs: number;
  /** Address and port of the caller. */
  readonly peer: string;
  /** What the caller sent under `name`; several values joined by commas, the octets of `-bin` names in base64. */
  metadata(name: string): string | undefined;
  /** Adds to what goes out before the first response; octets under names that end in `-bin`. */
  setHeader(name: string, value: string | Uint8Array): void;
  /** Adds to what goes out with the status. */
  setTrailer(name: string, value: string | Uint8Array): void;
}

export type UnaryHandler<Request, Response> = (request: Request, call: Call) => Promise<Response>;
export type ServerStreamHandler<Request, Response> = (
  request: Request,
  call: Call,
) => AsyncIterable<Response>;
export type ClientStreamHandler<Request, Response> = (
  requests: AsyncIterable<Request>,
  call: Call,
) => Promise<Response>;
export type BidiHandler<Request, Response> = (
  requests: AsyncIterable<Request>,
  call: Call,
) => AsyncIterable<Response>;
