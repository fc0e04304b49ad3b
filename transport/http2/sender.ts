import { ConnectionFault, ErrorCode } from '../frames/errors.ts';
import { defaultWindowBytes, windowBytesMax } from '../frames/flow-control.ts';
import type { FrameWriter } from '../frames/frame-writer.ts';
import type { PeerSettings } from '../frames/settings.ts';
import type { Output } from '../io/output.ts';
import type { SendBuffer } from '../io/send-buffer.ts';

/** A stream that has DATA to send. */
export interface SendingStream {
  readonly id: number;
  /** What the peer lets the stream send. */
  sendWindow: number;
  /** The DATA that waits, if any. */
  readonly sendBuffer: SendBuffer | undefined;
  /** DATA that has gone out of send buffers since the reader last made progress, in bytes. */
  bytesTowardsProgress: number;
  /** Everything in the send buffer has gone out. */
  onSendBufferEmpty(): void;
  /** Whether the reader has made no progress for `stallMs`. */
  isStalled(now: number, stallMs: number): boolean;
  /** The peer has taken nothing for too long. */
  onStalled(): void;
}

/**
 * Sends DATA as the peer's windows and the socket allow. Streams that wait take turns (RFC 9113
 * 5.2).
 */
export class Sender {
  readonly #writer: FrameWriter;
  readonly #output: Output;
  readonly #peer: PeerSettings;
  readonly #unsentBytesMax: number;
  /** Streams with bytes to send. Each goes to the end of the line after its frame. */
  readonly #waiting = new Set<SendingStream>();
  #window = defaultWindowBytes;

  constructor(writer: FrameWriter, output: Output, peer: PeerSettings, unsentBytesMax: number) {
    this.#writer = writer;
    this.#output = output;
    this.#peer = peer;
    this.#unsentBytesMax = unsentBytesMax;
  }

  get waiting(): ReadonlySet<SendingStream> {
    return this.#waiting;
  }

  /** Whether more bytes wait for the socket than the limit. */
  get isCongested(): boolean {
    return this.#output.unsentBytes > this.#unsentBytesMax;
  }

  /**
   * The connection's WINDOW_UPDATE.
   * @throws ConnectionFault FLOW_CONTROL_ERROR if the window overflows (RFC 9113 6.9.1)
   */
  grow(increment: number): void {
    this.#window += increment;
    if (this.#window > windowBytesMax) {
      throw new ConnectionFault(ErrorCode.flowControlError, 'The connection window overflows');
    }
  }

  /** Takes `bytes` of DATA from the windows if one frame may send them now. False if not. */
  tryReserve(stream: SendingStream, bytes: number): boolean {
    if (bytes > this.#window || bytes > stream.sendWindow || bytes > this.#peer.maxFrameSize) return false;
    if (this.isCongested) return false;
    this.#window -= bytes;
    stream.sendWindow -= bytes;
    return true;
  }

  /** Puts `stream`, which has DATA to send, in line. */
  enqueue(stream: SendingStream): void {
    this.#waiting.add(stream);
  }

  forget(stream: SendingStream): void {
    this.#waiting.delete(stream);
  }

  /** Sends one frame of each waiting stream after the other, until nothing more may go. */
  pump(): void {
    for (let progress = this.#waiting.size > 0; progress; ) {
      progress = false;
      for (const stream of [...this.#waiting]) {
        if (this.#window <= 0 || this.isCongested) return;
        if (this.#sendFrame(stream)) progress = true;
      }
    }
  }

  /** Whether a frame of the stream's send buffer went out. */
  #sendFrame(stream: SendingStream): boolean {
    const { sendBuffer } = stream;
    // The stream waited only for the socket to take what others wrote.
    if (sendBuffer === undefined) return this.#finish(stream);
    const left = sendBuffer.bytes.length - sendBuffer.sent;
    const bytes = Math.min(left, this.#window, stream.sendWindow, this.#peer.maxFrameSize);
    if (bytes <= 0) return false;
    this.#window -= bytes;
    stream.sendWindow -= bytes;
    this.#writer.data(stream.id, sendBuffer.bytes, sendBuffer.sent, sendBuffer.sent + bytes);
    sendBuffer.sent += bytes;
    stream.bytesTowardsProgress += bytes;
    return bytes < left || this.#finish(stream);
  }

  #finish(stream: SendingStream): true {
    this.#waiting.delete(stream);
    stream.onSendBufferEmpty();
    return true;
  }
}
