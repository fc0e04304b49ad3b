import type { EventEmitter } from 'node:events';
import { performance } from 'node:perf_hooks';
import { Metadata } from '@grpc/grpc-js';
import type { ServerSurfaceCall } from '@grpc/grpc-js/build/src/server-call.js';
import { createTiming, formatTiming, type Timing } from '../../domain/caller.ts';
import { NumStoreError } from '../../domain/errors.ts';
import type { Call } from '../../rpc/call.ts';
import type { Observer } from '../../rpc/observer.ts';
import { type Status, statusName } from '../../rpc/status.ts';
import { timerMsMax } from './request-rules.ts';

/** A call of grpc-js as handlers see it. */
export class GrpcJsCall implements Call {
  readonly timing: Timing | undefined;
  readonly #call: ServerSurfaceCall & EventEmitter;
  #controller: AbortController | undefined;
  #trailers: Metadata | undefined;
  readonly #observer: Observer | undefined;
  readonly #startedAt: number;
  readonly #tellsTiming: boolean;

  constructor(call: ServerSurfaceCall & EventEmitter, observer: Observer | undefined) {
    this.#call = call;
    this.#observer = observer;
    this.#tellsTiming = this.metadata('numstore-timing') === '1';
    const isMeasured = this.#tellsTiming || observer !== undefined;
    this.timing = isMeasured ? createTiming() : undefined;
    this.#startedAt = observer === undefined ? 0 : performance.now();
    observer?.callStarted(call.getPath());
  }

  /** The answer is on its way. */
  ended(code: Status): void {
    if (this.#observer === undefined) return;
    const endedAt = performance.now();
    this.#observer.callEnded({
      path: this.#call.getPath(),
      code: statusName(code),
      durationMs: endedAt - this.#startedAt,
      endedAt,
      call: this,
    });
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#createController();
    return this.#controller.signal;
  }

  get peer(): string {
    return this.#call.getPeer();
  }

  metadata(name: string): string | undefined {
    return this.#call.metadata.get(name)[0]?.toString();
  }

  setTrailer(name: string, value: string): void {
    this.#trailers ??= new Metadata();
    this.#trailers.set(name, value);
  }

  /** What goes out with the status, now that the handler is done; `undefined` if that is nothing. */
  trailers(): Metadata | undefined {
    if (this.#tellsTiming && this.timing !== undefined)
      this.setTrailer('numstore-timing', formatTiming(this.timing));
    return this.#trailers;
  }

  #createController(): AbortController {
    const controller = new AbortController();
    const gone = (): void => controller.abort(new NumStoreError('CANCELLED', 'The caller has gone'));
    const late = (): void =>
      controller.abort(new NumStoreError('DEADLINE_EXCEEDED', 'The deadline has passed'));
    const remainingMs = Number(this.#call.getDeadline()) - Date.now();
    if (remainingMs <= 0) late();
    else if (this.#call.cancelled) gone();
    else {
      // grpc-js has a timer for the deadline too, but of a stream whose reader has stopped it tells nobody.
      const timer = remainingMs <= timerMsMax ? setTimeout(late, remainingMs) : undefined;
      this.#call.once('cancelled', () => {
        clearTimeout(timer);
        gone();
      });
    }
    return controller;
  }
}
