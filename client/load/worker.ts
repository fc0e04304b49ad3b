import { once } from 'node:events';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import {
  type CallOptions,
  NumStoreClientError,
  type NumStoreTypedClient,
  openClient,
  type Timing,
} from '../client.ts';
import { isWorkerInput, type WorkerInput, type WorkerMessage } from './protocol.ts';
import { type Outcome, type Tally, TallyBuilder } from './tally.ts';
import { generateRequests, type LoadRequest } from './workload.ts';

/** One thread of the load: its own connection, one request at a time. */
if (parentPort === null || !isWorkerInput(workerData)) {
  throw new TypeError('Expected to be started by the coordinator');
}
await work(parentPort, workerData);

async function work(port: MessagePort, input: WorkerInput): Promise<void> {
  const post = (message: WorkerMessage<Tally>): void => port.postMessage(message);
  const client = await connect(input, post);
  if (client === undefined) return;
  try {
    const started = once(port, 'message');
    post({ kind: 'connected' });
    await started;
    post({ kind: 'finished', tally: await sendAll(client, input) });
  } finally {
    await client.close();
  }
}

async function connect(
  input: WorkerInput,
  post: (message: WorkerMessage<Tally>) => void,
): Promise<NumStoreTypedClient | undefined> {
  try {
    return await openClient(input);
  } catch (error) {
    post({ kind: 'unreachable', message: NumStoreClientError.from(error).message });
    return undefined;
  }
}

async function sendAll(client: NumStoreTypedClient, input: WorkerInput) {
  const tally = new TallyBuilder();
  let timing: Timing | undefined;
  const onTiming = (told: Timing): void => {
    timing = told;
  };
  const options = input.isTimed === true ? { onTiming } : {};
  for (const request of generateRequests(input)) {
    timing = undefined;
    const sentAt = performance.now();
    const outcome = await send(client, request, options);
    tally.record(request, outcome, performance.now() - sentAt, timing);
    Atomics.add(input.progress, 0, 1);
  }
  return tally.build();
}

async function send(
  client: NumStoreTypedClient,
  request: LoadRequest,
  options: CallOptions,
): Promise<Outcome> {
  try {
    if (request.rpc === 'Fact') return await client.fact(request.key, options);
    return { kind: 'total', total: await client.setNum(request.key, request.value, options) };
  } catch (error) {
    return { kind: 'failed', error: NumStoreClientError.from(error) };
  }
}
