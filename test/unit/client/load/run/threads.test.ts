import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NumStoreClientError } from '../../../../../client/api/client.ts';
import { runLoad } from '../../../../../client/load/run/run.ts';
import { exercisePlan } from '../../../../support/load-run.ts';

const plan = { ...exercisePlan, threads: 3 };
const module = (source: string) => new URL(`data:text/javascript,${encodeURIComponent(source)}`);
const imports = "import { parentPort, workerData } from 'node:worker_threads';";

test('threads: a thread that dies before it is connected is lost, and the run ends', async () => {
  const result = await runLoad(plan, { workerFile: module("throw new Error('boom')") });
  assert.deepEqual(
    result.lost,
    [0, 1, 2].map((thread) => ({ thread, message: 'boom' })),
  );
});

test('threads: a thread that dies during the run is lost, and the others are not', async () => {
  const workerFile = module(`${imports}
    parentPort.once('message', () => {
      if (workerData.thread === 1) process.exit(9);
      parentPort.postMessage({ kind: 'finished', tally: workerData.thread });
    });
    parentPort.postMessage({ kind: 'connected' });`);
  const result = await runLoad(plan, { workerFile });
  assert.deepEqual(result.tallies, [0, 2]);
  assert.deepEqual(result.lost, [{ thread: 1, message: 'ended with code 9 before it had a result' }]);
});

test('threads: all start together, when the last is connected', async () => {
  const workerFile = module(`${imports}
    const connected = Atomics.add(workerData.progress, 0, 1) + 1;
    parentPort.once('message', () => {
      parentPort.postMessage({ kind: 'finished', tally: Atomics.load(workerData.progress, 0) });
    });
    parentPort.postMessage({ kind: 'connected' });`);
  const result = await runLoad(plan, { workerFile });
  assert.deepEqual(result.tallies, [3, 3, 3]);
});

test('threads: a thread that cannot connect ends the run as UNREACHABLE', async () => {
  const workerFile = module(
    `${imports} parentPort.postMessage({ kind: 'unreachable', message: 'nobody there' });`,
  );
  await assert.rejects(runLoad(plan, { workerFile }), (error) => {
    assert.ok(error instanceof NumStoreClientError);
    assert.equal(error.code, 'UNREACHABLE');
    return true;
  });
});
