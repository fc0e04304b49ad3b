import { copyInto, writeUint32 } from './bytes.ts';
import type { ErrorCode } from './errors.ts';
import { Flag, FrameType, frameHeaderBytes } from './frames.ts';

const uint32Bytes = 4;
const goawayBytes = 8;

/** Where frames are written to. */
export interface FrameBuffer {
  /**
   * Makes room for `bytes` more, which count as written. They end at `end` in the returned buffer.
   */
  reserve(bytes: number): Buffer;
  /** Where the written bytes end, after `reserve`. */
  readonly end: number;
}

/** Writes frames into a buffer (RFC 9113 4.1 and 6). */
export class FrameWriter {
  readonly #out: FrameBuffer;

  constructor(out: FrameBuffer) {
    this.#out = out;
  }

  /** A frame with its payload. */
  frame(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    const { length } = payload;
    const buffer = this.#out.reserve(frameHeaderBytes + length);
    const at = this.#out.end - length - frameHeaderBytes;
    writeFrameHeader(buffer, at, length, type, flags, streamId);
    copyInto(buffer, at + frameHeaderBytes, payload);
  }

  /** The preface, before all frames of a client (RFC 9113 3.4). */
  preface(bytes: Uint8Array): void {
    const buffer = this.#out.reserve(bytes.length);
    copyInto(buffer, this.#out.end - bytes.length, bytes);
  }

  /** A header block, in frames of at most the peer's size (RFC 9113 6.2 and 6.10). */
  headers(streamId: number, block: Uint8Array, endStream: boolean, frameBytesMax: number): void {
    const end = endStream ? Flag.endStream : Flag.none;
    if (block.length <= frameBytesMax) {
      this.frame(FrameType.headers, end | Flag.endHeaders, streamId, block);
      return;
    }
    this.frame(FrameType.headers, end, streamId, block.subarray(0, frameBytesMax));
    for (let at = frameBytesMax; at < block.length; at += frameBytesMax) {
      const flags = at + frameBytesMax >= block.length ? Flag.endHeaders : Flag.none;
      this.frame(FrameType.continuation, flags, streamId, block.subarray(at, at + frameBytesMax));
    }
  }

  /** A DATA frame that holds `payload[start..end)`. */
  data(streamId: number, payload: Uint8Array, start: number, end: number): void {
    this.frame(FrameType.data, Flag.none, streamId, payload.subarray(start, end));
  }

  /** An empty DATA frame that ends the stream. */
  endOfData(streamId: number): void {
    this.frame(FrameType.data, Flag.endStream, streamId, empty);
  }

  /** A DATA frame of `prefix` and `payload`, one after the other. */
  prefixedData(streamId: number, prefix: Uint8Array, payload: Uint8Array, endStream: boolean): void {
    const length = prefix.length + payload.length;
    const buffer = this.#out.reserve(frameHeaderBytes + length);
    const at = this.#out.end - length;
    const flags = endStream ? Flag.endStream : Flag.none;
    writeFrameHeader(buffer, at - frameHeaderBytes, length, FrameType.data, flags, streamId);
    copyInto(buffer, at, prefix);
    copyInto(buffer, at + prefix.length, payload);
  }

  rstStream(streamId: number, code: ErrorCode): void {
    this.#word(FrameType.rstStream, streamId, code);
  }

  windowUpdate(streamId: number, increment: number): void {
    this.#word(FrameType.windowUpdate, streamId, increment);
  }

  settings(payload: Uint8Array): void {
    this.frame(FrameType.settings, Flag.none, 0, payload);
  }

  settingsAck(): void {
    this.frame(FrameType.settings, Flag.ack, 0, empty);
  }

  ping(payload: Uint8Array, ack: boolean): void {
    this.frame(FrameType.ping, ack ? Flag.ack : Flag.none, 0, payload);
  }

  goaway(lastStreamId: number, code: ErrorCode, debug: string): void {
    const payload = Buffer.alloc(goawayBytes + Buffer.byteLength(debug));
    writeUint32(payload, 0, lastStreamId);
    writeUint32(payload, uint32Bytes, code);
    payload.write(debug, goawayBytes);
    this.frame(FrameType.goaway, Flag.none, 0, payload);
  }

  #word(type: number, streamId: number, value: number): void {
    const buffer = this.#out.reserve(frameHeaderBytes + uint32Bytes);
    const at = this.#out.end - uint32Bytes - frameHeaderBytes;
    writeFrameHeader(buffer, at, uint32Bytes, type, Flag.none, streamId);
    writeUint32(buffer, at + frameHeaderBytes, value);
  }
}

const empty = new Uint8Array(0);

function writeFrameHeader(
  buffer: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): void {
  buffer[at] = length >>> 16;
  buffer[at + 1] = length >>> 8;
  buffer[at + 2] = length;
  buffer[at + 3] = type;
  buffer[at + 4] = flags;
  writeUint32(buffer, at + 5, streamId);
}
