import { parentPort } from 'node:worker_threads';

/** A worker that holds every task until the channel `release` says go, and then answers one byte: n. */
const release = new BroadcastChannel('release');
const held: number[] = [];
let open = false;

const answer = (n: number): void => {
  const bytes = new Uint8Array(1);
  bytes[0] = n;
  parentPort?.postMessage({ kind: 'done', bytes, runMs: 0 });
};
release.onmessage = () => {
  open = true;
  for (const n of held.splice(0)) answer(n);
};
parentPort?.on('message', ({ n }: { n: number }) => {
  if (open) answer(n);
  else held.push(n);
});
parentPort?.postMessage({ kind: 'ready' });
