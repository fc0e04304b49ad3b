import type { Worker } from 'node:worker_threads';
import { isWorkerMessage, type StartMessage, type WorkerMessage } from './protocol.ts';

/** How a thread ended. A lost one died without a result. */
export type ThreadEnd<Tally> =
  | { readonly kind: 'finished'; readonly tally: Tally; readonly finishedAtMs: number }
  | { readonly kind: 'unreachable'; readonly message: string }
  | { readonly kind: 'lost'; readonly message: string; readonly finishedAtMs: number };

/** The coordinator's hold on one thread. */
export interface LoadThread<Tally> {
  /** Resolves when the thread is connected, or has ended without. Never rejects. */
  readonly settled: Promise<void>;
  /** Resolves when the thread is gone. Never rejects. */
  readonly end: Promise<ThreadEnd<Tally>>;
  /** Lets a connected thread send its requests, from `atNs` on; no effect on one that has ended. */
  start(atNs: bigint): void;
  /** Ends the thread, whatever it does. Idempotent. */
  close(): Promise<void>;
}

/** Watches over a thread of the load that was just started. */
export function openLoadThread<Tally>(worker: Worker): LoadThread<Tally> {
  let ending: ThreadEnd<Tally> | undefined;
  let fault: string | undefined;
  worker.on('error', (error) => {
    fault = error instanceof Error ? error.message : String(error);
  });
  const connected = new Promise<void>((resolve) => {
    worker.on('message', (message: unknown) => {
      if (!isWorkerMessage<Tally>(message)) return;
      if (message.kind === 'connected') resolve();
      else ending = endingOf(message);
    });
  });
  const end = new Promise<ThreadEnd<Tally>>((resolve) => {
    worker.on('exit', (code) => {
      const message = fault ?? `ended with code ${code} before it had a result`;
      resolve(ending ?? { kind: 'lost', message, finishedAtMs: performance.now() });
    });
  });
  return {
    settled: Promise.race([connected, end.then(() => undefined)]),
    end,
    start: (atNs) => worker.postMessage({ kind: 'start', atNs } satisfies StartMessage),
    close: async () => {
      await worker.terminate();
    },
  };
}

/** The clock is the coordinator's: each thread's own has another origin. */
function endingOf<Tally>(message: Exclude<WorkerMessage<Tally>, { kind: 'connected' }>): ThreadEnd<Tally> {
  switch (message.kind) {
    case 'unreachable':
      return { kind: 'unreachable', message: message.message };
    case 'finished':
      return { kind: 'finished', tally: message.tally, finishedAtMs: performance.now() };
  }
}
