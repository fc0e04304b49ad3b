import { ConnectionFault, ErrorCode, StreamFault } from '../frames/errors.ts';

/** How a stream ended: what a late frame means depends on it (RFC 9113 5.1, "closed"). */
export const Ending = {
  unknown: 0,
  complete: 1,
  resetByPeer: 2,
  resetByUs: 3,
  /** Opened after our last GOAWAY, and never processed (RFC 9113 6.8). */
  ignored: 4,
} as const;
export type Ending = (typeof Ending)[keyof typeof Ending];

/**
 * Frames on their way when a stream ends refer to recent streams, and older ones need no precise
 * error. As many as a peer has open by default: it may send the heads of all before the first
 * content.
 */
const remembered = 512;

const endings = Object.values(Ending);

/**
 * Remembers how the latest streams ended. A peer's ids are all odd or all even, so each has a
 * place.
 */
export class ClosedStreams {
  #ids: Uint32Array | undefined;
  #endings: Uint8Array | undefined;
  #lateBytes: Uint32Array | undefined;

  add(streamId: number, ending: Ending): void {
    this.#ids ??= new Uint32Array(remembered);
    this.#endings ??= new Uint8Array(remembered);
    const place = placeOf(streamId);
    this.#ids[place] = streamId;
    this.#endings[place] = ending;
    if (this.#lateBytes !== undefined) this.#lateBytes[place] = 0;
  }

  /**
   * Checks a frame on a stream that has ended (RFC 9113 5.1, "closed").
   * @throws ConnectionFault, StreamFault unless the stream takes late frames
   */
  checkLateFrame(streamId: number, name: 'DATA' | 'HEADERS'): void {
    switch (this.endingOf(streamId)) {
      case Ending.resetByUs:
      case Ending.ignored:
        // A window full of DATA may follow.
        return;
      case Ending.complete:
        throw new ConnectionFault(ErrorCode.streamClosed, `${name} after END_STREAM`);
      case Ending.unknown:
        if (name === 'HEADERS')
          throw new ConnectionFault(ErrorCode.protocolError, 'Stream ids must increase');
        throw new StreamFault(streamId, ErrorCode.streamClosed, `${name} on a closed stream`);
      case Ending.resetByPeer:
        throw new StreamFault(streamId, ErrorCode.streamClosed, `${name} on a closed stream`);
    }
  }

  /**
   * Counts `bytes` of DATA on one of the latest streams that take late frames. Its window is not
   * given back, so the peer has no more of it than the window held (RFC 9113 6.9.1).
   * @throws ConnectionFault FLOW_CONTROL_ERROR beyond `windowBytes`
   */
  countLateData(streamId: number, bytes: number, windowBytes: number): void {
    this.#lateBytes ??= new Uint32Array(remembered);
    const place = placeOf(streamId);
    const sum = (this.#lateBytes[place] ?? 0) + bytes;
    this.#lateBytes[place] = sum;
    if (sum <= windowBytes) return;
    throw new ConnectionFault(
      ErrorCode.flowControlError,
      'More DATA on a stream that has ended than its window allows',
    );
  }

  /**
   * Whether frames on the stream may have crossed our RST_STREAM or GOAWAY on their way. They are
   * ignored.
   */
  takesLateFrames(streamId: number): boolean {
    const ending = this.endingOf(streamId);
    return ending === Ending.resetByUs || ending === Ending.ignored;
  }

  endingOf(streamId: number): Ending {
    const place = placeOf(streamId);
    if (this.#ids?.[place] !== streamId) return Ending.unknown;
    return endings[this.#endings?.[place] ?? 0] ?? Ending.unknown;
  }
}

function placeOf(streamId: number): number {
  return (streamId >>> 1) % remembered;
}
