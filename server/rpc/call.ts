import type { Caller } from '../domain/caller.ts';

/** What a handler may know of the call that it answers, whatever the transport. */
export interface Call extends Caller {
  /** Address and port of the caller, as `ADDRESS:PORT`. */
  readonly peer: string;
  /** The value of a metadata key that the caller sent, the first if it sent several. */
  metadata(name: string): string | undefined;
  /** Sets metadata that goes out with the status. */
  setTrailer(name: string, value: string): void;
}

export type UnaryHandler<Request, Response> = (request: Request, call: Call) => Promise<Response>;
export type StreamHandler<Request, Response> = (request: Request, call: Call) => AsyncIterable<Response>;
export type BidiHandler<Request, Response> = (
  requests: AsyncIterable<Request>,
  call: Call,
) => AsyncIterable<Response>;
