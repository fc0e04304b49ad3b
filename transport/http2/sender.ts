import { ConnectionFault, ErrorCode } from '../frames/errors.ts';
import { defaultWindowBytes, windowBytesMax } from '../frames/flow-control.ts';
import type { FrameWriter } from '../frames/frame-writer.ts';
import type { PeerSettings } from '../frames/settings.ts';
import type { Output } from '../io/output.ts';
import type { Stream } from './stream.ts';

/** Sends DATA as the peer's windows and the socket allow, the streams that wait taking turns (RFC 9113 5.2). */
export class Sender {
  readonly #writer: FrameWriter;
  readonly #output: Output;
  readonly #peer: PeerSettings;
  readonly #unsentBytesMax: number;
  /** Streams with bytes left to send; a stream goes to the end of the line after its frame. */
  readonly #waiting = new Set<Stream>();
  #window = defaultWindowBytes;

  constructor(writer: FrameWriter, output: Output, peer: PeerSettings, unsentBytesMax: number) {
    this.#writer = writer;
    this.#output = output;
    this.#peer = peer;
    this.#unsentBytesMax = unsentBytesMax;
  }

  get waiting(): ReadonlySet<Stream> {
    return this.#waiting;
  }

  /** Whether so much waits for the socket that nothing should be added. */
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

  /** Books `bytes` of DATA if they may go out now, in one frame; false if they may not. */
  tryBook(stream: Stream, bytes: number): boolean {
    if (bytes > this.#window || bytes > stream.sendWindow || bytes > this.#peer.maxFrameSize) return false;
    if (this.isCongested) return false;
    this.#window -= bytes;
    stream.sendWindow -= bytes;
    return true;
  }

  /** Puts `stream`, whose outbox is not empty, in line. */
  enqueue(stream: Stream): void {
    this.#waiting.add(stream);
  }

  forget(stream: Stream): void {
    this.#waiting.delete(stream);
  }

  /** Sends one frame per waiting stream and turn, until nothing more may go. */
  pump(): void {
    for (let progress = this.#waiting.size > 0; progress; ) {
      progress = false;
      for (const stream of [...this.#waiting]) {
        if (this.#window <= 0 || this.isCongested) return;
        if (this.#sendFrame(stream)) progress = true;
      }
    }
  }

  /** Whether a frame of the stream's outbox went out. */
  #sendFrame(stream: Stream): boolean {
    const { outbox } = stream;
    // It waited only for the socket to take what others wrote.
    if (outbox === undefined) return this.#finish(stream);
    const left = outbox.bytes.length - outbox.sent;
    const bytes = Math.min(left, this.#window, stream.sendWindow, this.#peer.maxFrameSize);
    if (bytes <= 0) return false;
    this.#window -= bytes;
    stream.sendWindow -= bytes;
    this.#writer.data(stream.id, outbox.bytes, outbox.sent, outbox.sent + bytes);
    outbox.sent += bytes;
    stream.hasProgressed = true;
    return bytes < left || this.#finish(stream);
  }

  #finish(stream: Stream): true {
    this.#waiting.delete(stream);
    stream.onOutboxEmpty();
    return true;
  }
}
