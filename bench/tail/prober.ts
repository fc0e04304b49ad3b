/**
 * A process that measures how long SetNum takes: one call at a time and a short rest after each, so that neither the
 * server nor this process is ever busy with SetNum itself.
 *
 * Line in: PORT SECONDS IN_FLIGHT REST_MS; line out: the milliseconds of each call, as JSON.
 */
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as rest } from 'node:timers/promises';
import { goFirst } from '../priority.ts';
import { setNum } from './calls.ts';
import { type GrpcConnection, openGrpc } from './grpc.ts';

/** Calls before the clock counts: connections and caches are warm after. */
const warmUpMs = 300;

const connections = new Map<number, GrpcConnection>();

function connection(port: number): GrpcConnection {
  const grpc = connections.get(port) ?? openGrpc(port);
  connections.set(port, grpc);
  return grpc;
}

async function probe(port: number, seconds: number, inFlight: number, restMs: number): Promise<number[]> {
  const grpc = connection(port);
  const samples: number[] = [];
  const startAt = performance.now() + warmUpMs;
  const endAt = startAt + seconds * 1000;
  const lane = async (index: number): Promise<void> => {
    for (let value = 0n; ; value++) {
      const sentAt = performance.now();
      if (sentAt >= endAt) return;
      await setNum(grpc, `probe-${index}`, value);
      if (sentAt >= startAt) samples.push(performance.now() - sentAt);
      if (restMs > 0) await rest(restMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, index) => lane(index)));
  return samples;
}

goFirst();
for await (const line of createInterface({ input: process.stdin })) {
  const [port = 0, seconds = 0, inFlight = 1, restMs = 0] = line.split(' ').map(Number);
  console.log(JSON.stringify(await probe(port, seconds, inFlight, restMs)));
}
for (const grpc of connections.values()) grpc.close();
