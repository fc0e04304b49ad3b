import type { Socket } from 'node:net';
import { ErrorCode } from '../frames/errors.ts';
import { FrameWriter } from '../frames/frame-writer.ts';
import { clientPreface } from '../frames/frames.ts';
import { encodeSettings } from '../frames/settings.ts';
import { afterEndBytesMax } from '../http2/connection.ts';
import { scheduleClose } from '../io/close-queue.ts';
import { Output } from '../io/output.ts';
import type { Times } from './options.ts';

/** What a preface reader reports. */
export interface PrefaceEvents {
  /** The preface has come, and `rest` after it. The reader no longer uses the socket. */
  onPreface(rest: Buffer): void;
  /** The connection has closed before its preface came. */
  onClosed(): void;
}

/**
 * Reads the connection preface of a client, which comes at once (RFC 9113 3.4). It costs little: a
 * peer that sends anything else, or nothing, never needs the state of a session. Our SETTINGS
 * follow the preface.
 */
export class PrefaceReader {
  readonly openedAt: number;
  readonly #socket: Socket;
  readonly #events: PrefaceEvents;
  #receivedBytes = 0;
  #state: 'expected' | 'refused' = 'expected';
  #refusedSince: number | undefined;
  #afterEndBytesLeft = afterEndBytesMax;

  constructor(socket: Socket, now: number, events: PrefaceEvents) {
    this.#socket = socket;
    this.openedAt = now;
    this.#events = events;
    socket.allowHalfOpen = true;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#state === 'refused') {
      this.#afterEndBytesLeft -= chunk.length;
      if (this.#afterEndBytesLeft < 0) this.#socket.pause();
      return;
    }
    const from = this.#receivedBytes;
    const taken = Math.min(clientPreface.length - from, chunk.length);
    if (clientPreface.compare(chunk, 0, taken, from, from + taken) !== 0) {
      this.refuse(ErrorCode.protocolError, 'Expected the preface of HTTP/2');
      return;
    }
    this.#receivedBytes += taken;
    if (this.#receivedBytes < clientPreface.length) return;
    this.#detach();
    this.#events.onPreface(chunk.subarray(taken));
  };

  readonly #onEnd = (): void => {
    if (this.#state === 'expected') this.destroy();
  };

  readonly #onError = (): void => {
    this.#socket.destroy();
  };

  readonly #onClose = (): void => {
    this.#events.onClosed();
  };

  #detach(): void {
    this.#socket.removeListener('data', this.#onData);
    this.#socket.removeListener('end', this.#onEnd);
    this.#socket.removeListener('error', this.#onError);
    this.#socket.removeListener('close', this.#onClose);
  }

  /** Sends GOAWAY, after the SETTINGS that must be the first frame, and ends. */
  refuse(code: ErrorCode, debug: string): void {
    if (this.#state === 'refused') return;
    this.#state = 'refused';
    const output = new Output(this.#socket, { onSent() {} });
    const writer = new FrameWriter(output);
    writer.settings(encodeSettings([]));
    writer.goaway(0, code, debug);
    output.flush();
    this.#socket.end();
  }

  /** Closes at once, without GOAWAY. */
  destroy(): void {
    scheduleClose(this.#socket);
  }

  /**
   * Called at intervals: closes a peer whose preface, or whose end after a GOAWAY, takes too long.
   */
  check(now: number, times: Times): void {
    if (this.#state === 'refused') this.#refusedSince ??= now;
    const isOverdue =
      this.#refusedSince === undefined
        ? now - this.openedAt >= times.handshakeMs
        : now - this.#refusedSince >= times.checkMs;
    if (isOverdue) this.destroy();
  }
}
