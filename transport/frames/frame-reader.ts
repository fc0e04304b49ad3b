import { readUint31 } from './bytes.ts';
import { ConnectionFault, ErrorCode } from './errors.ts';
import { frameHeaderBytes } from './frames.ts';

/** Takes frames. The payload is `bytes[start..end)`, and these bytes never change. */
export interface FrameSink {
  frame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void;
}

const nothing = Buffer.alloc(0);

/** Frames between two looks at the clock. */
const framesPerLook = 8;

/** Cuts a stream of bytes into frames (RFC 9113 4.1). Copies only frames that span two reads. */
export class FrameReader {
  readonly #frameBytesMax: number;
  /** A frame that is incomplete: first its header, then room for all of it. */
  #partial = nothing;
  #partialBytes = 0;

  /** @param frameBytesMax what we announce as SETTINGS_MAX_FRAME_SIZE */
  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  /**
   * Hands the frames that end in `chunk` after `from` to `sink`, until about `bytesMax` have been
   * read, `endAt` has passed on the process's clock, or `sink` throws. Returns where it stopped.
   * @throws ConnectionFault FRAME_SIZE_ERROR for a longer frame than we announced (RFC 9113 4.2)
   */
  read(chunk: Buffer, from: number, bytesMax: number, endAt: number, sink: FrameSink): number {
    const enough = from + bytesMax;
    let at = from;
    let frames = 0;
    while (this.#partial.length > 0 && at < chunk.length) at = this.#complete(chunk, at, sink);
    while (at + frameHeaderBytes <= chunk.length) {
      const end = at + frameHeaderBytes + this.#payloadBytes(chunk, at);
      if (end > chunk.length) break;
      if (at >= enough) return at;
      if (++frames % framesPerLook === 0 && endAt !== Infinity && performance.now() >= endAt) return at;
      emit(chunk, at, end, sink);
      at = end;
    }
    if (at < chunk.length) this.#hold(chunk, at);
    return chunk.length;
  }

  /** Adds to the partial frame. Returns where in `chunk` it ended. */
  #complete(chunk: Buffer, at: number, sink: FrameSink): number {
    const taken = chunk.copy(this.#partial, this.#partialBytes, at);
    this.#partialBytes += taken;
    if (this.#partialBytes < this.#partial.length) return at + taken;
    const whole = frameHeaderBytes + this.#payloadBytes(this.#partial, 0);
    if (whole > this.#partial.length) {
      this.#partial = Buffer.concat([this.#partial], whole);
    } else {
      const frame = this.#partial;
      this.#partial = nothing;
      this.#partialBytes = 0;
      emit(frame, 0, frame.length, sink);
    }
    return at + taken;
  }

  #hold(chunk: Buffer, at: number): void {
    const held = chunk.length - at;
    const size =
      held < frameHeaderBytes ? frameHeaderBytes : frameHeaderBytes + this.#payloadBytes(chunk, at);
    this.#partial = Buffer.alloc(size);
    this.#partialBytes = chunk.copy(this.#partial, 0, at);
  }

  #payloadBytes(bytes: Buffer, at: number): number {
    const length = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    if (length > this.#frameBytesMax) {
      throw new ConnectionFault(ErrorCode.frameSizeError, `A frame of ${length} bytes exceeds the limit`);
    }
    return length;
  }
}

function emit(bytes: Buffer, at: number, end: number, sink: FrameSink): void {
  const streamId = readUint31(bytes, at + 5);
  sink.frame(bytes[at + 3] ?? 0, bytes[at + 4] ?? 0, streamId, bytes, at + frameHeaderBytes, end);
}
