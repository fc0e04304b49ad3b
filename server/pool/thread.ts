import type { Worker } from 'node:worker_threads';
import { startThread } from '../../thread/start.ts';
import type { Reply, Task } from './protocol.ts';

/** How long a thread that dies before it was ever ready keeps its place empty: no busy loop of failing starts. */
const restartDelayMs = 1000;

export interface ThreadOptions {
  readonly file: URL;
  readonly heapMbMax: number;
  readonly onReady: () => void;
  readonly onDone: (reply: Extract<Reply, { kind: 'done' }>) => void;
  /** It is gone, with or without a task, and is replaced after `restartInMs`. */
  readonly onLost: (cause: Error, restartInMs: number) => void;
}

/** One worker thread. */
export interface Thread {
  post(task: Task): void;
  /** Resolves when the thread has ended; `onLost` is not called for it. */
  terminate(): Promise<void>;
}

/** Starts a thread that reports through the callbacks of `options`. */
export function openThread(options: ThreadOptions): Thread {
  const worker: Worker = startThread(options.file, {
    resourceLimits: { maxOldGenerationSizeMb: options.heapMbMax },
  });
  let ready = false;
  let closing = false;
  let cause: Error | undefined;

  worker.on('message', (message: Reply) => {
    if (message.kind === 'done') return options.onDone(message);
    ready = true;
    options.onReady();
  });
  worker.on('error', (error: Error) => {
    cause = error;
  });
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      resolve();
      if (closing) return;
      options.onLost(cause ?? new Error(`the thread exited with code ${code}`), ready ? 0 : restartDelayMs);
    });
  });

  return {
    post: (task) => worker.postMessage(task),
    terminate: async () => {
      closing = true;
      await worker.terminate();
      await ended;
    },
  };
}
