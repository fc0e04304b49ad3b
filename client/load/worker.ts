import { once } from 'node:events';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import {
  type CallOptions,
  NumStoreClientError,
  type NumStoreTypedClient,
  openClient,
  type Timing,
} from '../client.ts';
import { buffersOf, numberKeys, Witness, type WitnessedClient, watchClient } from './run/history-recorder.ts';
import { generateRequests, type LoadRequest } from './run/keys.ts';
import { isStopped, progressAt } from './run/progress.ts';
import { isWorkerInput, type WorkerInput, type WorkerMessage } from './run/protocol.ts';
import { type Outcome, TallyBuilder, type WitnessedTally } from './tally.ts';

/** One thread of the load: its own connection, one request at a time. */
if (parentPort === null || !isWorkerInput(workerData)) {
  throw new TypeError('Expected to be started by the coordinator');
}
await work(parentPort, workerData);

async function work(port: MessagePort, input: WorkerInput): Promise<void> {
  const post = (message: WorkerMessage<WitnessedTally>, moved: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, moved);
  const client = await connect(input, post);
  if (client === undefined) return;
  try {
    const started = once(port, 'message');
    post({ kind: 'connected' });
    await started;
    if (input.witness === undefined) post({ kind: 'finished', tally: await sendAll(client, input) });
    else {
      const witness = new Witness(input.witness.originNs);
      const tally = await sendAll(watchClient(client, witness, numberKeys(input.keys)), input);
      const history = witness.history.columns();
      post({ kind: 'finished', tally: { ...tally, history } }, buffersOf(history));
    }
  } finally {
    await client.close();
  }
}

async function connect(
  { host, port, security }: WorkerInput,
  post: (message: WorkerMessage<WitnessedTally>) => void,
): Promise<NumStoreTypedClient | undefined> {
  try {
    // A load test counts what fails; a second attempt would hide it.
    return await openClient({ host, port, ...security, retries: false });
  } catch (error) {
    post({ kind: 'unreachable', message: NumStoreClientError.from(error).message });
    return undefined;
  }
}

async function sendAll(client: WitnessedClient, input: WorkerInput) {
  const tally = new TallyBuilder();
  let timing: Timing | undefined;
  const onTiming = (told: Timing): void => {
    timing = told;
  };
  const options = input.isTimed === true ? { onTiming } : {};
  for (const request of generateRequests({ ...input, isSearched: input.witness?.isSearched })) {
    if (isStopped(input.progress)) break;
    timing = undefined;
    const sentAt = performance.now();
    const outcome = await send(client, request, options);
    tally.record(request, outcome, performance.now() - sentAt, timing);
    if (outcome.kind === 'failed') Atomics.add(input.progress, progressAt.failed, 1);
    Atomics.add(input.progress, progressAt.ended, 1);
  }
  return tally.build();
}

async function send(client: WitnessedClient, request: LoadRequest, options: CallOptions): Promise<Outcome> {
  try {
    if (request.rpc === 'Fact') return await client.fact(request.key, options);
    return { kind: 'total', total: await client.setNum(request.key, request.value, options) };
  } catch (error) {
    return { kind: 'failed', error: NumStoreClientError.from(error) };
  }
}
