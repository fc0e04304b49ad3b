/** A process of sources: starts threads in each way, prints their messages, and ends by itself. */
import { once } from 'node:events';
import { openPool } from '../../server/pool/pool.ts';
import { prepareThread, siblingModule, type ThreadProgram } from '../../thread/start.ts';
import { patientCaller } from './stack.ts';

const support = (name: string): URL => siblingModule(name, import.meta.url);

async function firstMessage(program: ThreadProgram): Promise<unknown> {
  const worker = program.start();
  const [message] = await once(worker, 'message');
  await worker.terminate();
  return message;
}

async function factorialOf(n: number, workerFile?: URL) {
  const pool = await openPool({ queueLimit: 1, workers: 1, ...(workerFile && { workerFile }) });
  const { bytes } = await pool.run({ n }, patientCaller().signal);
  await pool.close();
  return { hex: Buffer.from(bytes).toString('hex'), fallbacks: pool.stats().fallbacks };
}

const messages = {
  bundled: await firstMessage(await prepareThread(support('threads/reporter'))),
  unbundled: await firstMessage(await prepareThread(support('threads/grpc'), { isBundled: false })),
  pool: await factorialOf(2000),
  faultyPool: await factorialOf(2000, support('workers/faulty')),
};
console.log(JSON.stringify(messages));
