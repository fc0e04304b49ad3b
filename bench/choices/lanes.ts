/** The rounds: each variant in a process of its own, loaded in turn by one other process. */
import { fileURLToPath } from 'node:url';
import { type LineProcess, openLineProcess } from '../peers/line-process.ts';
import { type ChoiceName, choiceOf } from './choices.ts';
import type { Order, Outcome } from './load.ts';
import { filledValue } from './variants.ts';
import { type WorkloadName, workloads } from './workloads.ts';

/** What was measured of one variant under one workload. */
export interface Lane {
  readonly choice: ChoiceName;
  readonly workload: WorkloadName;
  /** One for each round; the rounds of all lanes belong together. */
  readonly rounds: Outcome[];
}

export interface LanesOptions {
  readonly choices: readonly ChoiceName[];
  readonly rounds: number;
  /** Calls of each connection in a round. */
  readonly calls: number;
  /** Called before each step. */
  readonly onStep: (text: string) => void;
}

/** The variant that adds up 10^5 numbers for a SetNum does some hundred of them a second: enough for a p99 in this time. */
const secondsMax = 4;

/** Far more than a round takes: a server that does not answer ends the benchmark. */
const roundWithinMs = 60_000;

/** Rounds that are not counted: what a compiler compiles while it runs has been compiled after. */
const warmUpRounds = 1;

interface RunningServer {
  readonly choice: ChoiceName;
  readonly port: number;
}

function open(script: string, ...args: readonly string[]): LineProcess {
  const file = fileURLToPath(new URL(`./${script}.ts`, import.meta.url));
  return openLineProcess(process.execPath, ['--import', 'tsx', file, ...args]);
}

export async function measureLanes(options: LanesOptions): Promise<readonly Lane[]> {
  const processes: LineProcess[] = [];
  const start = (script: string, ...args: readonly string[]): LineProcess => {
    const started = open(script, ...args);
    processes.push(started);
    return started;
  };
  try {
    const load = start('load');
    const servers: RunningServer[] = [];
    for (const choice of options.choices) {
      options.onStep(`starting: ${choiceOf(choice).title}`);
      servers.push({ choice, port: Number(await start('server', choice).next()) });
    }
    return await measureRounds(load, servers, options);
  } finally {
    await Promise.all(processes.map((started) => started.close()));
  }
}

async function measureRounds(
  load: LineProcess,
  servers: readonly RunningServer[],
  { rounds, calls, onStep }: LanesOptions,
): Promise<readonly Lane[]> {
  const lanes = workloads.flatMap(({ name }) =>
    servers.map((server) => {
      const lane: Lane = { choice: server.choice, workload: name, rounds: [] };
      return { server, lane };
    }),
  );
  for (let round = -warmUpRounds; round < rounds; round++) {
    // Another lane goes first each time.
    const first = Math.max(0, round) % lanes.length;
    for (const { server, lane } of [...lanes.slice(first), ...lanes.slice(0, first)]) {
      onStep(`round ${round + 1} of ${rounds}: ${choiceOf(lane.choice).title}, ${lane.workload}`);
      const filledTotal = Number(filledValue) * choiceOf(lane.choice).keys;
      const order: Order = {
        port: server.port,
        workload: lane.workload,
        calls,
        secondsMax,
        seed: round + warmUpRounds,
        filledTotal,
      };
      const outcome: Outcome = JSON.parse(await within(roundWithinMs, load.ask(JSON.stringify(order))));
      if (round >= 0) lane.rounds.push(outcome);
    }
  }
  return lanes.map(({ lane }) => lane);
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let guard: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    guard = setTimeout(() => reject(new Error(`Expected the outcome of a round within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(guard);
  }
}
