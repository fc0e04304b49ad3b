import { createHash } from 'node:crypto';
import { setPriority } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { FactorialEngine } from '../factorial/engine.ts';
import { freeBytes } from '../factorial/free.ts';
import { SMALL_N_MAX } from '../factorial/small.ts';
import { Offers } from './offers.ts';
import { type Reply, signals, type Task, type TaskResult, type WorkerSettings } from './protocol.ts';

/** Thrown out of a computation that nobody waits for any more. */
class Stopped extends Error {}

/** Bytes hashed between two looks at the stop flag: well under a millisecond. */
const sliceBytes = 256 * 1024;

/** The table of small factorials ends below it, so the engine needs its instance. */
const firstN = SMALL_N_MAX + 1;

/** Longest time that a large task stands still for offers before it goes on, in milliseconds; the last may take longer. */
const offersMs = 0.25;

/**
 * Makes this thread a worker of the pool that computes with engines of `createEngine`: lowers its priority, warms the
 * engines, and then answers one task after the other.
 * @throws TypeError if this is no worker thread
 */
export function serveTasks(createEngine: () => FactorialEngine): void {
  if (parentPort === null) throw new TypeError('Expected to run as a worker thread of the pool');
  const port = parentPort;
  const settings: WorkerSettings = workerData;
  const shared = new Int32Array(settings.signals);
  // On Linux this lowers the calling thread alone. It cannot be taken back, and nothing here wants it back.
  if (settings.nice > 0) setPriority(settings.nice);

  const engine = createEngine();
  const serveOffers = createOfferServer(settings, createEngine(), port);
  port.on('message', (task: Task) => {
    const fallbacks = engine.counters.fallbacks;
    Atomics.store(shared, signals.isFallingBack, 0);
    const poll = (): void => {
      if (Atomics.load(shared, signals.stop) === task.id) throw new Stopped();
      if (engine.counters.fallbacks > fallbacks) Atomics.store(shared, signals.isFallingBack, 1);
      serveOffers();
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

/** Computes short tasks on offer, in the middle of a large one, whose engine cannot be entered twice. */
function createOfferServer(settings: WorkerSettings, engine: FactorialEngine, port: MessagePort): () => void {
  const offers = new Offers(settings.offers);
  // V8 shares the compiled code with the first engine. What is left is to make an instance.
  engine.factorial(firstN);
  return () => {
    let claim = offers.claim(settings.worker);
    if (claim === undefined) return;
    const endAt = performance.now() + offersMs;
    while (claim !== undefined) {
      const result = compute(engine, { n: claim.n }, () => {});
      const reply: Reply = { kind: 'claimed-done', claim, ...result };
      port.postMessage(reply, [result.bytes.buffer]);
      claim = performance.now() < endAt ? offers.claim(settings.worker) : undefined;
    }
  };
}

function answer(engine: FactorialEngine, task: Task, poll: () => void): Reply {
  try {
    return { kind: 'done', ...compute(engine, task, poll) };
  } catch (error) {
    if (error instanceof Stopped) return { kind: 'stopped' };
    throw error;
  }
}

function compute(
  engine: FactorialEngine,
  { n, base }: Pick<Task, 'n'> & Partial<Task>,
  poll: () => void,
): TaskResult {
  const startedAt = performance.now();
  const fallbacks = engine.counters.fallbacks;
  const bytes = engine.factorial(n, { from: base, poll });
  const sha256 = hash(bytes, poll);
  const runMs = performance.now() - startedAt;
  return { bytes, sha256, runMs, fellBack: engine.counters.fallbacks > fallbacks };
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
