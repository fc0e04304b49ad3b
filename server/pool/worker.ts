import { performance } from 'node:perf_hooks';
import { parentPort } from 'node:worker_threads';
import { factorial } from '../factorial/bigint.ts';
import { bigIntToBytes } from '../factorial/bytes.ts';
import type { Reply, Task } from './protocol.ts';

/** n! in memory that the main thread can read without a copy. */
function compute(n: number): Uint8Array<SharedArrayBuffer> {
  const bytes = bigIntToBytes(factorial(n));
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

if (parentPort === null) throw new TypeError('Expected to run as a worker thread of the pool');
const port = parentPort;
const reply = (message: Reply): void => port.postMessage(message);

port.on('message', ({ n }: Task) => {
  const started = performance.now();
  const bytes = compute(n);
  reply({ kind: 'done', bytes, runMs: performance.now() - started });
});

// The first computation of a thread compiles the code: better now than in somebody's call.
compute(20);
reply({ kind: 'ready' });
