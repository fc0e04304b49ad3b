import { parentPort, workerData } from 'node:worker_threads';

/** A thread that reports its flags, its data and the stack of an error, and dies of a message. */
function planted(): Error {
  return new Error('planted');
}

parentPort?.once('message', () => {
  throw planted();
});
parentPort?.postMessage({ execArgv: process.execArgv, data: workerData, stack: planted().stack });
