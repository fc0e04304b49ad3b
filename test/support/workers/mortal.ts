import { getEnvironmentData, parentPort } from 'node:worker_threads';

/**
 * A worker that dies of some tasks, in a way that the last digit of the number says, and answers the others with
 * one byte: n. Below ten it dies each time; from ten on the first worker that tries dies, and no other.
 */
const triesByNumber = getEnvironmentData('mortal tries');
const tries = triesByNumber instanceof SharedArrayBuffer ? new Int32Array(triesByNumber) : new Int32Array();

function exhaustMemory(): void {
  const hoard: number[][] = [];
  for (;;) hoard.push(new Array<number>(100_000).fill(hoard.length));
}

function die(n: number): void {
  switch (n % 10) {
    case 1:
      throw new Error('planted: the computation throws');
    case 2:
      process.exit(7);
      break;
    case 3:
      exhaustMemory();
      break;
    default:
  }
}

parentPort?.on('message', ({ n }: { n: number }) => {
  if (n < 10 || Atomics.add(tries, n, 1) === 0) die(n);
  const bytes = new Uint8Array(1);
  bytes[0] = n;
  parentPort?.postMessage({ kind: 'done', bytes, runMs: 0 });
});
parentPort?.postMessage({ kind: 'ready' });
