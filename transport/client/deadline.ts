import { ErrorCode } from '../frames/errors.ts';
import { GrpcError, Status } from '../grpc/status.ts';
import type { Clock } from '../io/clock.ts';
import type { ClientCall } from './client-call.ts';
import type { CallOptions } from './options.ts';

/** Ends a call at its deadline or when its signal aborts, even before the call has a stream. */
export class CallDeadline {
  readonly #onFailed: (error: unknown) => void;
  #call: ClientCall | undefined;
  #isOver = false;
  #stop: (() => void) | undefined;

  /** @param onFailed called at most once, and only for a call without a stream */
  constructor({ timeoutMs, signal }: CallOptions, clock: Clock, onFailed: (error: unknown) => void) {
    this.#onFailed = onFailed;
    if (timeoutMs === undefined && signal === undefined) return;
    const abort = (): void => {
      const error = new GrpcError(Status.CANCELLED, 'The call was cancelled');
      error.cause = signal?.reason;
      this.fail(error);
    };
    const late = (): void => this.fail(new GrpcError(Status.DEADLINE_EXCEEDED, 'The deadline has passed'));
    const cancelTimer = timeoutMs === undefined ? undefined : clock.after(timeoutMs, late);
    signal?.addEventListener('abort', abort);
    this.#stop = () => {
      cancelTimer?.();
      signal?.removeEventListener('abort', abort);
    };
    if (signal?.aborted === true) abort();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The call has a stream: from now on its own failures reach its sink. */
  attach(call: ClientCall): void {
    this.#call = call;
    call.onOver = () => this.#end();
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#end();
    if (this.#call === undefined) this.#onFailed(error);
    else this.#call.breakOff(ErrorCode.cancel, error);
  }

  #end(): void {
    this.#isOver = true;
    this.#stop?.();
    this.#stop = undefined;
  }
}
