import { createHash } from 'node:crypto';
import { setPriority } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import type { FactorialEngine } from '../factorial/engine.ts';
import { freeBytes } from '../factorial/free.ts';
import { type Reply, signals, type Task, type WorkerSettings } from './protocol.ts';

/** Thrown out of a computation that nobody waits for any more. */
class Stopped extends Error {}

/** Bytes hashed between two looks at the stop flag: well under a millisecond. */
const sliceBytes = 256 * 1024;

/**
 * Makes this thread a worker of the pool that computes with `engine`: lowers its priority, warms the engine, and
 * then answers one task after the other.
 * @throws TypeError if this is no worker thread
 */
export function serveTasks(engine: FactorialEngine): void {
  if (parentPort === null) throw new TypeError('Expected to run as a worker thread of the pool');
  const port = parentPort;
  const settings: WorkerSettings = workerData;
  const shared = new Int32Array(settings.signals);
  // On Linux this lowers the calling thread alone. It cannot be taken back, and nothing here wants it back.
  if (settings.nice > 0) setPriority(settings.nice);

  port.on('message', (task: Task) => {
    const fallbacks = engine.counters.fallbacks;
    Atomics.store(shared, signals.isFallingBack, 0);
    const poll = (): void => {
      if (Atomics.load(shared, signals.stop) === task.id) throw new Stopped();
      if (engine.counters.fallbacks > fallbacks) Atomics.store(shared, signals.isFallingBack, 1);
    };
    const drops = engine.counters.drops;
    const reply = answer(engine, task, poll);
    port.postMessage(reply, reply.kind === 'done' ? [reply.bytes.buffer] : []);
    if (task.base !== undefined) freeBytes(task.base.bytes);
    // V8 is in no hurry to free the memory of an instance, and the next one takes as much again.
    if (engine.counters.drops > drops || engine.counters.fallbacks > fallbacks) collectGarbage();
  });
  // The first large computation takes two or three times as long as the next: better now than in somebody's call.
  engine.warm();
  port.postMessage({ kind: 'ready' } satisfies Reply);
}

function answer(engine: FactorialEngine, { n, base }: Task, poll: () => void): Reply {
  const startedAt = performance.now();
  const fallbacks = engine.counters.fallbacks;
  try {
    const bytes = engine.factorial(n, { from: base, poll });
    const sha256 = hash(bytes, poll);
    const runMs = performance.now() - startedAt;
    return { kind: 'done', bytes, sha256, runMs, fellBack: engine.counters.fallbacks > fallbacks };
  } catch (error) {
    if (error instanceof Stopped) return { kind: 'stopped' };
    throw error;
  }
}

/** SHA-256 in slices, so that a stop is heeded in the middle of a large result. */
function hash(bytes: Uint8Array, poll: () => void): Uint8Array {
  const sha256 = createHash('sha256');
  for (let start = 0; start < bytes.length; start += sliceBytes) {
    sha256.update(bytes.subarray(start, start + sliceBytes));
    poll();
  }
  return sha256.digest();
}

let collect: unknown;

/** Collects the garbage of this thread, whose heap is small: that takes a few milliseconds. */
function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc');
    setFlagsFromString('--no-expose-gc');
  }
  if (typeof collect === 'function') collect();
}
