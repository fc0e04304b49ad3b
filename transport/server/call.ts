/** A call, as its handler sees it. */
export interface Call {
  /** Aborted when the caller leaves or its deadline passes. Made when it is first read. */
  readonly signal: AbortSignal;
  /** Milliseconds until the caller's deadline. Infinity without one. */
  readonly timeLeftMs: number;
  /** Address and port of the caller. */
  readonly peer: string;
  /** The caller's value of `name`: several are joined by commas, octets (`-bin`) are in base64. */
  metadata(name: string): string | undefined;
  /**
   * Adds to the headers, which precede the first response. Names that end in `-bin` take octets.
   */
  setHeader(name: string, value: string | Uint8Array): void;
  /** Adds to the trailers, which come with the status. */
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
