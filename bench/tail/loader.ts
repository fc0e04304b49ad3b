/**
 * A process that keeps a server busy with large factorials: four at a time, each followed by the next at once. It takes
 * no core from the server or from the prober.
 *
 * Lines in, each answered by one line:
 *   prepare PORT N            stores the numbers N .. N + 1999
 *   start PORT Fact|FactExact answers when each of the four has been answered once
 *   stop                      waits for those under way; answers {"answered":..,"hits":..,"ms":..} since the start
 */
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { goLast } from '../priority.ts';
import { type BigCall, bigFactorial, setNum } from './calls.ts';
import { type GrpcConnection, openGrpc } from './grpc.ts';

const lanes = 4;
/** Far more than the 10 results that a server keeps. */
const numbers = 2000;

interface Target {
  readonly grpc: GrpcConnection;
  next: number;
}

const targets = new Map<string, Target>();

function target(port: string): Target {
  const found = targets.get(port) ?? { grpc: openGrpc(Number(port)), next: 0 };
  targets.set(port, found);
  return found;
}

/** Key i has the i-th number from above: each is smaller than all before, so no known factorial helps with it. */
async function prepare({ grpc }: Target, n: number): Promise<void> {
  for (let i = 0; i < numbers; i++) await setNum(grpc, `big-${i}`, BigInt(n + numbers - 1 - i));
}

interface Load {
  readonly started: Promise<unknown>;
  stop(): Promise<{ answered: number; hits: number; ms: number }>;
}

function startLoad(to: Target, kind: BigCall): Load {
  const startedAt = performance.now();
  let stopping = false;
  let answered = 0;
  let hits = 0;
  const one = async (): Promise<void> => {
    const { hit } = await bigFactorial(to.grpc, kind, `big-${to.next++ % numbers}`);
    answered += 1;
    if (hit) hits += 1;
  };
  const firsts = Array.from({ length: lanes }, one);
  const ended = Promise.all(
    firsts.map(async (first) => {
      await first;
      while (!stopping) await one();
    }),
  );
  return {
    started: Promise.all(firsts),
    stop: async () => {
      stopping = true;
      await ended;
      return { answered, hits, ms: performance.now() - startedAt };
    },
  };
}

goLast();
let load: Load | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  const [command, port = '', argument = ''] = line.split(' ');
  let answer: unknown = {};
  if (command === 'prepare') {
    await prepare(target(port), Number(argument));
  } else if (command === 'start') {
    load = startLoad(target(port), argument === 'Fact' ? 'Fact' : 'FactExact');
    await load.started;
  } else {
    answer = await load?.stop();
  }
  console.log(JSON.stringify(answer));
}
for (const { grpc } of targets.values()) grpc.close();
