/** What one connection may cost us. Each has a default that lets ordinary clients never notice it. */
export interface Limits {
  /** Streams open at once, announced as SETTINGS_MAX_CONCURRENT_STREAMS; a call costs about 1 KiB. @default 512 */
  readonly concurrentStreams: number;
  /** Uncompressed size of a header list, announced; metadata is for tokens and ids, not data. @default 16384 */
  readonly headerListBytes: number;
  /** CONTINUATION frames of one header block; the list's limit needs one or two. @default 8 */
  readonly continuations: number;
  /** HPACK's table for what we receive, announced; the protocol's default. @default 4096 */
  readonly headerTableBytes: number;
  /** Window of one stream: what a peer may send before the handler has asked for more. @default 65535 */
  readonly streamWindowBytes: number;
  /** Window of the connection, returned as bytes arrive: streams are bounded one by one. @default 1048576 */
  readonly connectionWindowBytes: number;
  /** Received bytes of all streams that no handler has taken; beyond it calls are refused. @default 8388608 */
  readonly bufferedBytes: number;
  /** Bytes that wait for the socket before we stop reading and stop streams. @default 262144 */
  readonly unsentBytes: number;
  /** Streams that the peer may break off in a burst; a call is work, its reset is free. @default 1000 */
  readonly resetsBurst: number;
  /** ... and how many more per second afterwards. @default 33 */
  readonly resetsPerSecond: number;
  /** Frames that ask for work and bring none (PING, SETTINGS, PRIORITY, empty DATA, unknown) in a burst. @default 1000 */
  readonly controlFramesBurst: number;
  /** ... and how many more per second afterwards; each call answered restores the burst. @default 33 */
  readonly controlFramesPerSecond: number;
}

/** Limits for clients that may be anybody. */
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
