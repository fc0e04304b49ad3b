import { parentPort } from 'node:worker_threads';
import { status } from '@grpc/grpc-js';

/** A thread that needs grpc-js. */
parentPort?.postMessage({ unavailable: status.UNAVAILABLE });
