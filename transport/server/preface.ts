import type { Socket } from 'node:net';
import { ErrorCode } from '../frames/errors.ts';
import { FrameWriter } from '../frames/frame-writer.ts';
import { clientPreface } from '../frames/frames.ts';
import { encodeSettings } from '../frames/settings.ts';
import { afterEndBytesMax } from '../http2/connection.ts';
import { closeInTurn } from '../io/close-queue.ts';
import { Output } from '../io/output.ts';
import type { Times } from './options.ts';

/** What a newcomer tells the server. */
export interface NewcomerEvents {
  /** A client of HTTP/2 has said hello, and `rest` after it. The newcomer has nothing to do with the socket any more. */
  onGreeted(rest: Buffer): void;
  /** The connection has closed before anybody said hello. */
  onClosed(): void;
}

/**
 * A connection on which nobody has yet said that he speaks HTTP/2. It costs little: whoever says something else, or nothing,
 * has no use of what a session keeps. Our settings are first said to who has greeted, and he does so at once (RFC 9113 3.4).
 */
export class Newcomer {
  readonly openedAt: number;
  readonly #socket: Socket;
  readonly #events: NewcomerEvents;
  #greetedBytes = 0;
  #state: 'expected' | 'refused' = 'expected';
  #refusedSince: number | undefined;
  #afterEndBytesLeft = afterEndBytesMax;

  constructor(socket: Socket, now: number, events: NewcomerEvents) {
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
    const from = this.#greetedBytes;
    const taken = Math.min(clientPreface.length - from, chunk.length);
    if (clientPreface.compare(chunk, 0, taken, from, from + taken) !== 0) {
      this.refuse(ErrorCode.protocolError, 'Expected the preface of HTTP/2');
      return;
    }
    this.#greetedBytes += taken;
    if (this.#greetedBytes < clientPreface.length) return;
    this.#letGo();
    this.#events.onGreeted(chunk.subarray(taken));
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

  #letGo(): void {
    this.#socket.removeListener('data', this.#onData);
    this.#socket.removeListener('end', this.#onEnd);
    this.#socket.removeListener('error', this.#onError);
    this.#socket.removeListener('close', this.#onClose);
  }

  /** Says GOAWAY, after the SETTINGS that have to be the first frame, and ends. */
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

  /** Closes without a word. */
  destroy(): void {
    closeInTurn(this.#socket);
  }

  /** Called regularly: who takes too long to say hello, or to go, is cut off. */
  check(now: number, times: Times): void {
    if (this.#state === 'refused') this.#refusedSince ??= now;
    const isOverdue =
      this.#refusedSince === undefined
        ? now - this.openedAt >= times.handshakeMs
        : now - this.#refusedSince >= times.checkMs;
    if (isOverdue) this.destroy();
  }
}
