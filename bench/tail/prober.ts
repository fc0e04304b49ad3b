/**
 * A process that measures how long SetNum takes, or a Fact that is not cached: one call at a time and a short rest after
 * each, so that neither the server nor this process is ever busy with these calls themselves.
 *
 * Line in: SetNum|Fact PORT SECONDS IN_FLIGHT REST_MS; line out: the milliseconds of each call, as JSON.
 */
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as rest } from 'node:timers/promises';
import { goFirst } from '../priority.ts';
import { fact, setNum } from './calls.ts';
import { type GrpcConnection, openGrpc } from './grpc.ts';

/** Calls before the clock counts: connections and caches are warm after. */
const warmUpMs = 300;

const connections = new Map<number, GrpcConnection>();

function connection(port: number): GrpcConnection {
  const grpc = connections.get(port) ?? openGrpc(port);
  connections.set(port, grpc);
  return grpc;
}

/** Fact of these in turn is never a hit: a server keeps ten. */
const smallNumbers = 21;

const smallKey = (n: number): string => `small-${n}`;

/** How many calls a server has had: the cycle of small numbers goes on where it was. */
const rounds = new Map<number, number>();

/** The call of a lane; answers whether it was a hit. */
type Call = (grpc: GrpcConnection, lane: number, round: number) => Promise<boolean>;

const calls: Readonly<Record<string, Call>> = {
  SetNum: async (grpc, lane, round) => {
    await setNum(grpc, `probe-${lane}`, BigInt(round));
    return false;
  },
  Fact: async (grpc, _lane, round) => {
    const n = round % smallNumbers;
    const { value, hit } = await fact(grpc, smallKey(n));
    if (value !== factorialOf(n)) throw new Error(`Expected ${n}!, got ${value}`);
    return hit;
  },
};

function factorialOf(n: number): bigint {
  return n < 2 ? 1n : BigInt(n) * factorialOf(n - 1);
}

async function probe(call: Call, [port = 0, seconds = 0, inFlight = 1, restMs = 0]: readonly number[]) {
  const grpc = connection(port);
  for (let n = 0; n < smallNumbers; n++) await setNum(grpc, smallKey(n), BigInt(n));
  const samples: number[] = [];
  const startAt = performance.now() + warmUpMs;
  const endAt = startAt + seconds * 1000;
  let hits = 0;
  const lane = async (index: number): Promise<void> => {
    for (;;) {
      const sentAt = performance.now();
      if (sentAt >= endAt) return;
      const round = rounds.get(port) ?? 0;
      rounds.set(port, round + 1);
      const hit = await call(grpc, index, round);
      if (sentAt >= startAt) {
        samples.push(performance.now() - sentAt);
        if (hit) hits += 1;
      }
      if (restMs > 0) await rest(restMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, index) => lane(index)));
  if (hits > 0) throw new Error(`${hits} small factorials came from a cache`);
  return samples;
}

goFirst();
for await (const line of createInterface({ input: process.stdin })) {
  const [name = '', ...numbers] = line.split(' ');
  const call = calls[name];
  if (call === undefined) throw new Error(`Expected a call that is known, got "${name}"`);
  console.log(JSON.stringify(await probe(call, numbers.map(Number))));
}
for (const grpc of connections.values()) grpc.close();
