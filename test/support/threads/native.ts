import { parentPort } from 'node:worker_threads';
import { open } from 'lmdb';

/** A thread that needs a native addon. */
parentPort?.postMessage({ open: typeof open });
