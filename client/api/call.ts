import { type CallOptions, Metadata, type StatusObject } from '@grpc/grpc-js';
import { parseRevision, revisionHeader } from '../revision.ts';
import { NumStoreClientError } from './client-error.ts';
import type { Token } from './security/options.ts';
import { addToken } from './security/token.ts';
import { parseTiming, type Timing, timingHeader } from './trailers.ts';

/** What bounds and watches one call, whether it has one reply or many. */
export interface Limits {
  /** milliseconds from now until the call is given up with DEADLINE_EXCEEDED */
  readonly deadlineMs: number;
  /** says who calls */
  readonly token?: Token | undefined;
  /** aborting it gives the call up with CANCELLED */
  readonly signal?: AbortSignal | undefined;
  /** asks the server where its time went; called before the call ends, unless the server does not say */
  readonly onTiming?: ((timing: Timing) => void) | undefined;
  /** asks for the number of a write; called before the call ends, unless the server does not say */
  readonly onRevision?: ((revision: bigint) => void) | undefined;
}

/** The part of a grpc-js call that we watch. */
interface WatchedCall {
  cancel(): void;
  on(event: 'status', listener: (status: StatusObject) => void): unknown;
}

/**
 * What a call is started with.
 *
 * @throws NumStoreClientError CANCELLED when the signal was aborted before
 * @throws TypeError when the token is of no form that can be sent
 */
export function beginCall({ deadlineMs, token, signal, onTiming, onRevision }: Limits): {
  readonly metadata: Metadata;
  readonly options: Partial<CallOptions>;
} {
  if (signal?.aborted) {
    throw new NumStoreClientError('CANCELLED', 'cancelled before it was sent', { cause: signal.reason });
  }
  const metadata = new Metadata();
  addToken(metadata, token);
  if (onTiming !== undefined) metadata.set(timingHeader, '1');
  if (onRevision !== undefined) metadata.set(revisionHeader, '1');
  return { metadata, options: { deadline: new Date(Date.now() + deadlineMs) } };
}

/**
 * Watches a call that has begun: the signal cancels it, its trailers are read. Dispose when the call ends, so that a
 * signal that lives long collects no listeners.
 */
export function watchCall(call: WatchedCall, { signal, onTiming, onRevision }: Limits): Disposable {
  if (onTiming !== undefined || onRevision !== undefined) {
    // in the same turn in which the reply is handed over, hence before whoever awaits it goes on
    call.on('status', ({ metadata }) => {
      tell(metadata, timingHeader, parseTiming, onTiming);
      tell(metadata, revisionHeader, parseRevision, onRevision);
    });
  }
  const cancel = (): void => call.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  return { [Symbol.dispose]: () => signal?.removeEventListener('abort', cancel) };
}

function tell<Told>(
  metadata: Metadata,
  header: string,
  parse: (trailer: string) => Told | undefined,
  listener: ((told: Told) => void) | undefined,
): void {
  const [trailer] = metadata.get(header);
  const told = typeof trailer === 'string' ? parse(trailer) : undefined;
  if (told !== undefined) listener?.(told);
}
