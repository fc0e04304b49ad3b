import type { StatusReply } from '../grpc/status.ts';
import type { RecurringBlock } from '../hpack/recurring-block.ts';
import type { Clock } from '../io/clock.ts';
import type { AbortCause } from './lazy-signal.ts';
import type { ServerCall } from './server-call.ts';

/** What the calls of one connection share. */
export interface CallContext {
  readonly peer: string;
  readonly clock: Clock;
  readonly messageBytesMax: number;
  /** The head of every response without headers of its own, and the end of every one that says just OK. */
  readonly head: RecurringBlock;
  readonly okTrailers: RecurringBlock;
  readonly toStatus: (error: unknown) => StatusReply;
  readonly abortReason: (cause: AbortCause) => unknown;
  /** The call has a deadline and may have to be told of it. */
  watchDeadline(call: ServerCall): void;
  /** Runs `task` in `ms`; answers how to call it off. */
  after(ms: number, task: () => void): () => void;
  /** Something inside us is wrong; ends the connection. */
  kill(error: unknown): void;
}
