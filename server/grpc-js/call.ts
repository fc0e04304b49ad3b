import type { EventEmitter } from 'node:events';
import type { ServerSurfaceCall } from '@grpc/grpc-js/build/src/server-call.js';
import type { Call } from '../call.ts';
import { NumStoreError } from '../errors.ts';

/** A call of grpc-js as handlers see it. */
export class GrpcJsCall implements Call {
  readonly #call: ServerSurfaceCall & EventEmitter;
  #controller: AbortController | undefined;

  constructor(call: ServerSurfaceCall & EventEmitter) {
    this.#call = call;
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#createController();
    return this.#controller.signal;
  }

  #createController(): AbortController {
    const controller = new AbortController();
    const abort = (): void => controller.abort(this.#endReason());
    if (this.#call.cancelled) abort();
    // grpc-js answers a passed deadline by itself, and says 'cancelled' then too.
    else this.#call.once('cancelled', abort);
    return controller;
  }

  #endReason(): NumStoreError {
    const deadline = Number(this.#call.getDeadline());
    return Date.now() >= deadline
      ? new NumStoreError('DEADLINE_EXCEEDED', 'The deadline of the call has passed')
      : new NumStoreError('CANCELLED', 'The caller has gone');
  }
}
