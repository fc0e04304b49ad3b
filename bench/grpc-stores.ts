/**
 * SetNum through gRPC on each store of this machine, 64 in flight, interleaved in one run.
 *
 *   npx tsx bench/grpc-stores.ts [--out FILE] [--rounds 7] [--seconds 3]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SetNumRequest } from '../generated/numstore.ts';
import { buildServer, openCompiledServer } from './compiled-server.ts';
import { missingH2load, runH2load } from './h2load.ts';
import { publish, summarize } from './report.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '3' },
  },
});
const missing = missingH2load();
if (missing !== undefined) {
  console.error(`grpc-stores left out: ${missing}`);
  process.exit(0);
}

const connections = 8;
const inFlightEach = 8;
const folder = mkdtempSync(join(tmpdir(), 'numstore-bench-'));
const file = buildServer();
const servers = {
  memory: await openCompiledServer(file),
  lmdb: await openCompiledServer(file, ['--store', `lmdb:${folder}`]),
};
type Name = keyof typeof servers;
const names: readonly Name[] = ['memory', 'lmdb'];

const rates: Record<Name, number[]> = { memory: [], lmdb: [] };
try {
  const message = SetNumRequest.encode({ key: 'a key of twenty char', value: 123_456_789n }).finish();
  const measure = (name: Name, seconds: number): number => {
    const { port } = servers[name];
    const path = '/NumStore/SetNum';
    return runH2load({ port, path, message, connections, inFlightEach, seconds }).requestsPerSecond;
  };
  for (const name of names) measure(name, 2);
  for (let round = 0; round < Number(values.rounds); round++) {
    if (process.stderr.isTTY) process.stderr.write(`\rround ${round + 1} of ${values.rounds} `);
    for (const name of names) rates[name].push(measure(name, Number(values.seconds)));
  }
} finally {
  await Promise.all(names.map((name) => servers[name].close()));
  rmSync(folder, { recursive: true });
}

const ratios = summarize(rates.lmdb.map((rate, round) => rate / (rates.memory[round] ?? Number.NaN)));
publish(
  {
    title: 'SetNum through gRPC, by store',
    method: `h2load, ${connections} connections x ${inFlightEach} in flight, ${values.rounds} rounds of ${values.seconds} s, interleaved; grpc-js transport; requests a second; ratio per round, their median`,
    versions: {},
    columns: ['store', 'median', 'lowest', 'p90'],
    rows: names.map((name) => {
      const { median, min, p90 } = summarize(rates[name]);
      return [name, median.toFixed(0), min.toFixed(0), p90.toFixed(0)];
    }),
    figures: { rates, ratios },
    notes: [
      `lmdb / memory: ${ratios.median.toFixed(2)} (${ratios.min.toFixed(2)} to ${ratios.p90.toFixed(2)}), goal 0.8.`,
    ],
  },
  values.out,
);
