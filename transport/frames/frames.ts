/** Frame types (RFC 9113 6). */
export const FrameType = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  rstStream: 0x3,
  settings: 0x4,
  pushPromise: 0x5,
  ping: 0x6,
  goaway: 0x7,
  windowUpdate: 0x8,
  continuation: 0x9,
} as const;

/** Frame flags. The type of a frame decides which it may carry. */
export const Flag = {
  none: 0x0,
  endStream: 0x1,
  ack: 0x1,
  endHeaders: 0x4,
  padded: 0x8,
  priority: 0x20,
} as const;

/** Length, type, flags and stream id before each payload (RFC 9113 4.1). */
export const frameHeaderBytes = 9;

/** What both ends may send before SETTINGS allow another size (RFC 9113 4.2). */
export const defaultFrameBytesMax = 16_384;

/** Largest SETTINGS_MAX_FRAME_SIZE (RFC 9113 6.5.2). */
export const frameBytesLimit = 16_777_215;

/** Stream ids have 31 bits (RFC 9113 5.1.1). */
export const streamIdMax = 0x7fff_ffff;

/** What a client sends before its first frame (RFC 9113 3.4). */
export const clientPreface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
