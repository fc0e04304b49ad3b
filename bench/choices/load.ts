/**
 * A process that loads a variant: 8 connections, one call at a time on each, SetNum and a factorial 50/50, 100 keys. It
 * checks every answer.
 *
 * Line in: an Order as JSON; line out: its Outcome as JSON.
 */
import { createInterface } from 'node:readline';
import { createRandom } from '../../client/stats/random.ts';
import { type GrpcClient, openGrpcClient } from '../../transport/index.ts';
import { percentile } from '../report.ts';
import { countWrongAtRest, FactCaller, setNum } from './calls.ts';
import { PossibleValues } from './possible-values.ts';
import { keysOf, type WorkloadName, workloads } from './workloads.ts';

export interface Order {
  readonly port: number;
  readonly workload: WorkloadName;
  /** Calls of each connection. */
  readonly calls: number;
  /** No call begins after this, for a variant that takes long. */
  readonly secondsMax: number;
  readonly seed: number;
  /** The sum of the entries that were in the store from the start. */
  readonly filledTotal: number;
}

interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

export interface Outcome {
  /** Response times in milliseconds, from just before the call to the decoded reply. */
  readonly setNum: Percentiles;
  readonly fact: Percentiles;
  readonly callsPerSecond: number;
  /** Factorials that were asked for, those whose key had a value, and those found in the cache. */
  readonly facts: number;
  readonly found: number;
  readonly hits: number;
  readonly wrong: number;
}

const connections = 8;

/** What each server may return, by port: it lives as long as the server. */
const possibleOf = new Map<number, PossibleValues>();

interface Samples {
  readonly setNum: number[];
  readonly fact: number[];
}

async function run(order: Order): Promise<Outcome> {
  const possible = possibleOf.get(order.port) ?? new PossibleValues();
  possibleOf.set(order.port, possible);
  const factCaller = new FactCaller(workloadOf(order.workload), possible);
  const clients = await Promise.all(
    Array.from({ length: connections }, () => openGrpcClient({ host: '127.0.0.1', port: order.port })),
  );
  try {
    const samples: Samples = { setNum: [], fact: [] };
    const startedAt = performance.now();
    const lanes = clients.map((client, index) =>
      runLane(client, index, order, { possible, factCaller, samples }),
    );
    await Promise.all(lanes);
    const seconds = (performance.now() - startedAt) / 1000;
    const [client] = clients;
    const wrongAtRest =
      client === undefined ? 0 : await countWrongAtRest(client, possible, order.filledTotal);
    return {
      setNum: percentilesOf(samples.setNum),
      fact: percentilesOf(samples.fact),
      callsPerSecond: (samples.setNum.length + samples.fact.length) / seconds,
      facts: samples.fact.length,
      ...factCaller.counts,
      wrong: factCaller.counts.wrong + wrongAtRest,
    };
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

interface Lane {
  readonly possible: PossibleValues;
  readonly factCaller: FactCaller;
  readonly samples: Samples;
}

/** One connection: a call, its answer, the next call. */
async function runLane(
  client: GrpcClient,
  index: number,
  { workload, calls, secondsMax, seed }: Order,
  { possible, factCaller, samples }: Lane,
): Promise<void> {
  const random = createRandom(seed, index);
  const keys = keysOf(workload);
  const { values } = workloadOf(workload);
  const endAt = performance.now() + secondsMax * 1000;
  for (let call = 0; call < calls && performance.now() < endAt; call++) {
    const isWrite = random.below(2) === 0;
    const key = keys[random.below(keys.length)] ?? '';
    const value = values[random.below(values.length)] ?? 0n;
    if (isWrite) samples.setNum.push(await setNum(client, possible, key, value));
    else samples.fact.push(await factCaller.call(client, key));
  }
}

function workloadOf(name: WorkloadName): (typeof workloads)[number] {
  const workload = workloads.find((known) => known.name === name);
  if (workload === undefined) throw new TypeError(`Expected a name of a workload, got ${name}`);
  return workload;
}

function percentilesOf(samples: readonly number[]): Percentiles {
  return { p50: percentile(samples, 0.5), p99: percentile(samples, 0.99) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const order: Order = JSON.parse(line);
  console.log(JSON.stringify(await run(order)));
}
