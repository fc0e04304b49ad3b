/**
 * What the pool promises: n! from a known smaller factorial, memory of four at once, workers that stop.
 *
 *   npx tsx bench/pool.ts [--out FILE] [--rounds 15] [--cancels 200] [--starts 3] [--nice NICE] [--server FILE]
 *
 * Without --server FILE the server is compiled first; without --nice the workers have the server's default.
 */
import { parseArgs } from 'node:util';
import { parseInvocation } from '../server/config/config.ts';
import { buildServer } from './compiled-server.ts';
import { type Cancel, measureCancels } from './pool/cancels.ts';
import { measureExtension } from './pool/extends.ts';
import { measureMemory } from './pool/memory.ts';
import { percentile, publish, type Summary, summarize } from './report.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    rounds: { type: 'string', default: '15' },
    cancels: { type: 'string', default: '200' },
    starts: { type: 'string', default: '3' },
    nice: { type: 'string', default: String(niceDefault()) },
    server: { type: 'string' },
  },
});

const n = 1_000_000;
const cancelledN = 10_000_000;
const rounds = Number(values.rounds);
const nice = Number(values.nice);
const cancels = Number(values.cancels);
const starts = Number(values.starts);

function niceDefault(): number {
  const invocation = parseInvocation([], {});
  return invocation.kind === 'serve' ? invocation.config.workerNice : 0;
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

progress('memory');
const file = values.server ?? buildServer();
const peaks = [];
for (let i = 0; i < starts; i++) peaks.push(await measureMemory(file, n));
progress('n! from (n - 10)!');
const pairs = await measureExtension(n, rounds, nice);
progress('cancels, one factorial');
const alone = await measureCancels(cancelledN, cancels, 0, nice);
progress('cancels, four factorials');
const crowded = await measureCancels(cancelledN, cancels, 3, nice);
progress('');

const spread = (s: Summary, digits: number) =>
  `${s.median.toFixed(digits)} (${s.p10.toFixed(digits)} to ${s.p90.toFixed(digits)})`;
const extension = {
  scratchMs: summarize(pairs.map(({ scratchMs }) => scratchMs)),
  extendedMs: summarize(pairs.map(({ extendedMs }) => extendedMs)),
  ratio: summarize(pairs.map(({ scratchMs, extendedMs }) => extendedMs / scratchMs)),
};
const memory = {
  startMb: summarize(peaks.map(({ startMb }) => startMb)),
  onceMb: summarize(peaks.map(({ onceMb }) => onceMb)),
  repeatedMb: summarize(peaks.map(({ repeatedMb }) => repeatedMb)),
};
const cancelled = (samples: readonly Cancel[]) => {
  const ms = samples.map(({ freeMs }) => freeMs);
  return {
    cancels: samples.length,
    replaced: samples.filter(({ replaced }) => replaced).length,
    p50: percentile(ms, 0.5),
    p99: percentile(ms, 0.99),
    max: percentile(ms, 1),
  };
};
type Cancelled = ReturnType<typeof cancelled>;
const cancelMs = { alone: cancelled(alone), crowded: cancelled(crowded) };
const cancelCell = ({ p50, p99, max, replaced }: Cancelled) =>
  `${p50.toFixed(2)} / ${p99.toFixed(2)} / ${max.toFixed(2)} (${replaced} threads replaced)`;

publish(
  {
    title: 'The pool of workers',
    method:
      `times from the request to the result in this process, the result's SHA-256 included, answers compared; ${rounds} ` +
      `rounds, from scratch and from (n - 10)! by turns; ratios per round; medians (10th to 90th percentile). Memory: ` +
      `VmHWM of the compiled server with its default flags, in MB (10^6 bytes), ${starts} fresh servers, four FactExact ` +
      `at once, then ten times four. Cancels: ${cancels} each, at random moments of the computation, from the abort until ` +
      `the pool has the worker back, looked at in every turn of the event loop (which keeps one core busy itself); ` +
      `workers at niceness ${nice}`,
    versions: {},
    columns: ['what', 'figure'],
    rows: [
      [`${n}! from scratch, ms`, spread(extension.scratchMs, 1)],
      [`${n}! from ${n - 10}!, ms`, spread(extension.extendedMs, 1)],
      ['the ratio of both', spread(extension.ratio, 3)],
      ['peak memory of a server that listens, MB', spread(memory.startMb, 0)],
      [`of four ${n}! at once, MB`, spread(memory.onceMb, 0)],
      ['of four at once, eleven times, MB', spread(memory.repeatedMb, 0)],
      [`cancel of ${cancelledN}! until the worker is free, p50 / p99 / max, ms`, cancelCell(cancelMs.alone)],
      ['the same while three others compute it, ms', cancelCell(cancelMs.crowded)],
    ],
    figures: { extension, memory: { ...memory, peaks }, cancelMs },
  },
  values.out,
);
