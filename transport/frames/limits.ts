/** What one connection may cost. The defaults are above what ordinary clients need. */
export interface Limits {
  /** Streams open at once, announced to the peer. A call costs about 1 KiB. @default 512 */
  readonly concurrentStreams: number;
  /**
   * Uncompressed bytes of a header list, announced. Metadata is for tokens and ids.
   * @default 16384
   */
  readonly headerListBytes: number;
  /** CONTINUATION frames of one header block. The list's limit needs one or two. @default 8 */
  readonly continuations: number;
  /**
   * Bytes of HPACK's table for received blocks, announced. The protocol's default.
   * @default 4096
   */
  readonly headerTableBytes: number;
  /** Window of one stream: what a peer may send before the handler asks for more. @default 65535 */
  readonly streamWindowBytes: number;
  /**
   * Window of the connection, returned as bytes arrive: streams bound what is held.
   * @default 1048576
   */
  readonly connectionWindowBytes: number;
  /**
   * Received bytes that no handler has taken, over all streams. Beyond it calls fail.
   * @default 8388608
   */
  readonly bufferedBytes: number;
  /** Bytes that wait for the socket before reading and streams stop. @default 262144 */
  readonly unsentBytes: number;
  /**
   * Streams that the peer may reset, or open in vain, in a burst: the reset costs nothing, nor does
   * a call that must be refused.
   * @default 1000
   */
  readonly resetsBurst: number;
  /** ... and how many more per second afterwards. @default 33 */
  readonly resetsPerSecond: number;
  /**
   * Frames without content (PING, SETTINGS, PRIORITY, empty DATA, unknown) in a burst.
   * @default 1000
   */
  readonly controlFramesBurst: number;
  /**
   * ... and how many more per second afterwards. Each completed call restores the burst.
   * @default 33
   */
  readonly controlFramesPerSecond: number;
}

/** Limits for clients that are not trusted. */
export const defaultLimits: Limits = {
  concurrentStreams: 512,
  headerListBytes: 16_384,
  continuations: 8,
  headerTableBytes: 4_096,
  streamWindowBytes: 65_535,
  connectionWindowBytes: 1_048_576,
  bufferedBytes: 8_388_608,
  unsentBytes: 262_144,
  resetsBurst: 1_000,
  resetsPerSecond: 33,
  controlFramesBurst: 1_000,
  controlFramesPerSecond: 33,
};
