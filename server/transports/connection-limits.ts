/** What one connection may cost, the same on both transports. */

/** Calls under way at once, announced to the client: more than any client needs, and each takes memory, on grpc-js 10 KB. */
export const streamsMax = 512;

/** How long a connection may do nothing of use, in milliseconds. Connections are looked at about once a second. */
export interface ConnectionTimes {
  /** Until it has said that it speaks HTTP/2. Clients say so at once, and the slowest way here takes seconds. */
  readonly handshakeMs: number;
  /** Until a request is complete, beyond the time that a fair rate gives it: clients send one at once. */
  readonly requestMs: number;
  /** Without a call; an incomplete request is none. Clients of gRPC connect anew by themselves when they have one; NATs forget them no later. */
  readonly idleMs: number;
  /**
   * Until it is asked for a sign of life: a caller that has vanished holds for no longer what it had asked for. On
   * grpc-js that also finds connections that nghttp2 has given up for a flood: Node reads them no more, and tells nobody.
   */
  readonly keepaliveMs: number;
  /** ... and until it has given one: several times what packets that were lost on the way take. */
  readonly keepaliveTimeoutMs: number;
  /** Until it has closed its side after we have closed ours, calls under way included. */
  readonly closeMs: number;
}

export const connectionTimes: ConnectionTimes = {
  handshakeMs: 10_000,
  requestMs: 10_000,
  idleMs: 300_000,
  keepaliveMs: 20_000,
  keepaliveTimeoutMs: 10_000,
  closeMs: 30_000,
};

/** A fair rate for requests: the largest takes a minute. */
export const requestBytesPerSecond = 1_024;

/** Milliseconds for a chunk of 64 KiB, after which the reader of a stream is stuck and not slow. */
export const readerStallMs = 10_000;
