import type { StatusReply } from '../grpc/status.ts';
import type { RecurringBlock } from '../hpack/recurring-block.ts';
import type { Clock } from '../io/clock.ts';
import type { AbortCause } from './lazy-signal.ts';
import type { RequestBodyContext } from './request-body.ts';

/** A call with a deadline. */
export interface DeadlineCall {
  /** Starts the timer of the deadline. */
  armDeadline(): void;
}

/** What the calls of one connection share. */
export interface CallContext extends RequestBodyContext {
  readonly peer: string;
  readonly clock: Clock;
  /** The head of responses without headers of their own, and the trailers of those with just OK. */
  readonly head: RecurringBlock;
  readonly okTrailers: RecurringBlock;
  readonly toStatus: (error: unknown) => StatusReply;
  readonly abortReason: (cause: AbortCause) => unknown;
  /** The call has a deadline that may pass before the response. */
  watchDeadline(call: DeadlineCall): void;
  /** Runs `task` in `ms`. Returns a function that cancels it. */
  after(ms: number, task: () => void): () => void;
  /** Ends the connection after a fault of ours. */
  kill(error: unknown): void;
}
