/**
 * A steady mixed load on the server for half an hour: its memory must not grow, nor its open files and threads, and
 * every answer must be right. Both transports are soaked side by side, with the live page open and a scraper at work.
 *
 *   npm run soak [-- --minutes 30 --warm-up MINUTES --transports grpc-js,native --step-ms 60 --attack-share SHARE
 *                    --out FILE --server FILE]
 *
 * The warm-up, a sixth of the time where none is given, does not count. With --attack-share every attack of
 * `npm run abuse` runs in turn beside the load, at that share of its strength. With --out it writes FILE.md, FILE.json
 * and FILE.svg. Exit code 1 if a promise is broken.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as rest } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openClient } from '../client/api/client.ts';
import { openProgress } from '../client/cli/progress.ts';
import { buildServer, type CompiledServer, openCompiledServer } from './compiled-server.ts';
import { publish } from './report.ts';
import { openAttacker } from './soak/attacker.ts';
import { drawMemory } from './soak/chart.ts';
import { type LaneResult, runLane } from './soak/lane.ts';
import { type Sample, sampleProcess } from './soak/process.ts';
import { judge, slopeMbPerMinuteMax, type Verdict } from './soak/verdict.ts';
import { scrapeOnce, type WatchResult, watch } from './soak/watcher.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    'warm-up': { type: 'string' },
    transports: { type: 'string', default: 'grpc-js,native' },
    'step-ms': { type: 'string', default: '60' },
    'attack-share': { type: 'string', default: '0' },
    out: { type: 'string' },
    server: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const warmUpMinutes = values['warm-up'] === undefined ? minutes / 6 : Number(values['warm-up']);
const stepMs = Number(values['step-ms']);
const attackShare = Number(values['attack-share']);
const lanes = 4;
/** Attacks write keys of their own: a store that is full grows no more. */
const keysMax = 20_000;
const sampleMs = Math.min(5_000, (minutes * 60_000) / 30);
/**
 * What the load leaves behind must be gone by then: connections that have been closed are, within a turn or two, and
 * those that an attacker left silent are closed after 31 s. A run of less than half a minute only shows that it works,
 * and waits as much less.
 */
const settleMs = Math.min(attackShare > 0 ? 35_000 : 3_000, minutes * 6_000);

/** A server under load. */
interface Soaked {
  readonly transport: string;
  readonly server: CompiledServer;
  readonly before: Sample;
  readonly samples: Sample[];
  readonly faults: string[];
}

async function open(transport: string, file: string): Promise<Soaked> {
  const flags = [
    '--transport',
    transport,
    '--metrics-port',
    '0',
    '--slow-ms',
    '1000',
    '--max-keys',
    `${keysMax}`,
  ];
  const server = await openCompiledServer(file, flags);
  // The first call and the first scrape load what the later ones use.
  await totalOf(server.port);
  await scrapeOnce(metricsPortOf(server));
  await rest(settleMs);
  return { transport, server, before: sampleProcess(server.pid, 0), samples: [], faults: [] };
}

function metricsPortOf({ metricsPort }: CompiledServer): number {
  if (metricsPort === undefined) throw new Error('Expected a server with metrics');
  return metricsPort;
}

async function totalOf(port: number): Promise<bigint> {
  await using client = await openClient({ host: '127.0.0.1', port });
  const { total } = await client.stats();
  return total;
}

/** The sum of the values of all keys, those of attackers included. */
async function sumOf(port: number): Promise<bigint> {
  await using client = await openClient({ host: '127.0.0.1', port });
  let sum = 0n;
  for await (const { value } of client.listNums()) sum += value;
  return sum;
}

interface Outcome extends Soaked {
  readonly after: Sample;
  readonly work: readonly LaneResult[];
  readonly watched: WatchResult;
  readonly attacks: number;
  readonly verdict: Verdict;
}

async function soak(soaked: Soaked, signal: AbortSignal, minutesSoFar: () => number): Promise<Outcome> {
  const { server, before, samples, faults } = soaked;
  const onFault = (fault: string): void => void faults.push(fault);
  const options = { port: server.port, stepMs, isOver: () => signal.aborted, onFault };
  const watching = watch({ port: metricsPortOf(server), signal, onFault });
  const load = Promise.all(
    Array.from({ length: lanes }, (_, lane) => runLane({ ...options, name: `${lane}.` })),
  );
  const attacker = attackShare > 0 ? openAttacker(server.port, attackShare) : undefined;
  while (!signal.aborted) {
    await rest(sampleMs);
    samples.push(sampleProcess(server.pid, minutesSoFar()));
  }
  const [work, watched] = await Promise.all([load, watching]);
  await attacker?.close();
  const [total, sum] = [await totalOf(server.port), await sumOf(server.port)];
  if (total !== sum) faults.push(`the total is ${total}, and the sum of all values ${sum}`);
  const written = work.reduce((all, lane) => all + lane.sum, 0n);
  if (attacker === undefined && total !== written)
    faults.push(`the total is ${total}, and the sum of what was written ${written}`);
  await rest(settleMs);
  const after = sampleProcess(server.pid, minutesSoFar());
  const warm = samples.filter((sample) => sample.minutes >= warmUpMinutes);
  return {
    ...soaked,
    after,
    work,
    watched,
    attacks: attacker?.attacks ?? 0,
    verdict: judge({ before, samples: warm, after, faults }),
  };
}

async function run(all: readonly Soaked[]): Promise<readonly Outcome[]> {
  const startedAt = performance.now();
  const minutesSoFar = (): number => (performance.now() - startedAt) / 60_000;
  const describe = (): string => {
    const parts = all.map(({ transport, samples, faults }) => {
      const { residentMb = 0, handles = 0 } = samples.at(-1) ?? {};
      return `${transport} ${residentMb.toFixed(0)} MB, ${handles} open files, ${faults.length} faults`;
    });
    return `${minutesSoFar().toFixed(1)} of ${minutes} minutes: ${parts.join('; ')}`;
  };
  using _line = openProgress(process.stderr, describe);
  const signal = AbortSignal.timeout(minutes * 60_000);
  return await Promise.all(all.map((soaked) => soak(soaked, signal, minutesSoFar)));
}

function rowOf({
  transport,
  before,
  after,
  samples,
  work,
  watched,
  attacks,
  faults,
  verdict,
}: Outcome): readonly string[] {
  const sum = (figure: (lane: LaneResult) => number): number =>
    work.reduce((all, lane) => all + figure(lane), 0);
  const handles = samples.map((sample) => sample.handles);
  return [
    transport,
    String(sum(({ calls }) => calls)),
    String(sum(({ cancelled }) => cancelled)),
    String(sum(({ connections }) => connections)),
    `${watched.scrapes} / ${watched.snapshots}`,
    String(attacks),
    String(faults.length),
    `${before.residentMb.toFixed(0)} / ${Math.max(...samples.map(({ residentMb }) => residentMb)).toFixed(0)} / ${after.residentMb.toFixed(0)}`,
    verdict.slopeMbPerMinute.toFixed(3),
    `${before.handles} / ${Math.max(...handles)} / ${after.handles}`,
    `${before.threads} / ${after.threads}`,
    verdict.broken.length === 0 ? 'kept' : verdict.broken.join('; '),
  ];
}

const attackNote =
  attackShare > 0 ? `All attacks run in turn beside it, at ${attackShare} of their strength. ` : '';
const file = values.server ?? buildServer();
const opened: Soaked[] = [];
try {
  for (const transport of values.transports.split(',')) opened.push(await open(transport, file));
  const outcomes = await run(opened);
  publish(
    {
      title: `Soak: ${minutes} minutes of a steady load`,
      method: `npm run soak -- --minutes ${minutes}. ${lanes} users of each server, with a connection each, check every answer: SetNum and Fact every ${stepMs} ms, now and then FactExact, a FactExact that is cancelled while it computes, ListNums of all of a user's keys, a new connection. One more scrapes the metrics each second, and one has the live page open and comes anew each minute. ${attackNote}The slope is that of the least squares through all samples after the first ${warmUpMinutes.toFixed(1)} minutes, one every ${sampleMs / 1000} s`,
      versions: {},
      columns: [
        'transport',
        'calls',
        'cancelled',
        'connections',
        'scrapes / snapshots of the page',
        'attacks',
        'wrong answers',
        'MB before / most / after',
        `MB per minute (below ${slopeMbPerMinuteMax})`,
        'open files before / most / after',
        'threads before / after',
        'promises',
      ],
      rows: outcomes.map(rowOf),
      figures: outcomes.map(({ transport, before, after, samples, work, watched, faults, verdict }) => ({
        transport,
        verdict,
        before,
        after,
        watched,
        work: work.map((lane) => ({ ...lane, sum: String(lane.sum) })),
        faults: faults.slice(0, 20),
        samples: samples.map((s) =>
          [s.minutes, s.residentMb, s.handles, s.threads].map((n) => Number(n.toFixed(2))),
        ),
      })),
    },
    values.out,
  );
  if (values.out !== undefined) {
    const svg = drawMemory(outcomes.map(({ transport, samples }) => ({ name: transport, samples })));
    writeFileSync(`${values.out.replace(/\.(md|json)$/, '')}.svg`, svg);
  }
  if (outcomes.some(({ verdict }) => verdict.broken.length > 0)) process.exitCode = 1;
} finally {
  for (const { server } of opened) await server.close();
}
