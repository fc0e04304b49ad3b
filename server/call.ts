/** What a handler may know of the call that it answers, whatever the transport. */
export interface Call {
  /**
   * Aborted when the caller has gone or its deadline has passed; the reason is a NumStoreError. Made when it is
   * first read: a call that waits for nothing never pays for it.
   */
  readonly signal: AbortSignal;
}

export type UnaryHandler<Request, Response> = (request: Request, call: Call) => Promise<Response>;
export type StreamHandler<Request, Response> = (request: Request, call: Call) => AsyncIterable<Response>;
export type BidiHandler<Request, Response> = (
  requests: AsyncIterable<Request>,
  call: Call,
) => AsyncIterable<Response>;
