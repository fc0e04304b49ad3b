/**
 * Servers loaded with four times what they can do, while somebody else calls SetNum: factorials that nobody has asked
 * for, and calls at a rate that the event loop cannot serve.
 *
 *   npm run bench -- overload
 *   node --import tsx bench/overload.ts [--transports grpc-js,native --loads FactExact,ListNums,SetNum --seconds 10
 *                                        --out FILE --server FILE]
 *
 * With --out it writes FILE.md and FILE.json. Exit code 1 if a promise is broken.
 */
import { setTimeout as rest } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openProgress } from '../client/cli/progress.ts';
import { buildServer, openCompiledServer } from './compiled-server.ts';
import { listed } from './overload/lane.ts';
import { plans } from './overload/plans.ts';
import { overload, type Parties } from './overload/trial.ts';
import { judge, memoryMbMax, p99RatioMax, type Trial } from './overload/verdict.ts';
import { openLineProcess } from './peers/line-process.ts';
import { publish } from './report.ts';

const { values } = parseArgs({
  options: {
    transports: { type: 'string', default: 'grpc-js,native' },
    loads: { type: 'string', default: 'FactExact,ListNums,SetNum' },
    seconds: { type: 'string', default: '10' },
    out: { type: 'string' },
    server: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
const loads = values.loads.split(',');
const script = (path: string): string[] => ['--import', 'tsx', fileURLToPath(new URL(path, import.meta.url))];

const trials: Trial[] = [];
let now = '';

const count = (value: number): string => Math.round(value).toLocaleString('en').replaceAll(',', ' ');
const ms = (value: number): string => value.toFixed(1);

/** Only our own transport can refuse a call before it costs what serving it would; the pool refuses on both. */
const refuses = ({ transport, load }: Trial): boolean => load === 'FactExact' || transport === 'native';

function rowOf(trial: Trial): readonly string[] {
  const { transport, load, capacity, rate, unloaded, overloaded, bystander, residentMb } = trial;
  const { served, refused, failed, notSent } = overloaded;
  const perSecond = (calls: number): string => count(calls / overloaded.seconds);
  const broken = judge(trial, refuses(trial));
  return [
    load,
    transport,
    `${count(capacity)} / ${count(rate)}`,
    `${perSecond(served)} / ${perSecond(refused)} / ${perSecond(failed)} / ${perSecond(notSent)}`,
    `${ms(unloaded.p99)} / ${ms(overloaded.p99)}`,
    `${ms(bystander.quiet.p99)} / ${ms(bystander.overloaded.p99)} / ${ms(bystander.after.p99)}`,
    `${residentMb.before.toFixed(0)} / ${residentMb.peak.toFixed(0)} / ${residentMb.after.toFixed(0)}`,
    broken.length === 0 ? 'kept' : broken.join('; '),
  ];
}

const file = values.server ?? buildServer();
const parties: Parties = {
  prober: openLineProcess(process.execPath, script('./abuse/prober.ts')),
  sender: openLineProcess(process.execPath, script('./overload/sender.ts')),
};
try {
  using _line = openProgress(process.stderr, () => now);
  for (const plan of plans.filter(({ load }) => loads.includes(load))) {
    for (const transport of values.transports.split(',')) {
      now = `${plan.load} on ${transport}`;
      const server = await openCompiledServer(file, ['--transport', transport]);
      try {
        trials.push(await overload({ transport, plan, server, seconds }, parties));
      } finally {
        await server.close();
      }
      await rest(500);
    }
  }
} finally {
  await parties.prober.close();
  await parties.sender.close();
}
publish(
  {
    title: 'Overload: four times what a server can do',
    method: `bench/overload.ts, ${seconds} s of each load, the first fifth not counted, the server compiled and with default settings. What it can do is what it serves when the sender waits for answers. FactExact: factorials from 200 000 on that nobody has asked for. ListNums: ${listed} entries each, SetNum: the cheapest call, both on 8 connections. Meanwhile somebody else calls SetNum every 2 ms, whatever happens, and goes first where it may (nice -15); "after" begins one second after the last call of the load. The sender is another process on the same machine, of niceness 10 (of factorials: -15, for it only waits for them and measures), and sends on one connection no more than 500 calls at once. Promised: p99s below ${p99RatioMax} times those at rest where the server refuses (the pool, and native), SetNum again so after one second in any case; memory never more than ${memoryMbMax} MB above what it was`,
    versions: {},
    columns: [
      'load',
      'transport',
      'per second: can do / sent',
      'per second: served / refused / failed / not sent',
      'p99 of served calls, ms: at rest / overloaded',
      'p99 of SetNum, ms: at rest / meanwhile / after',
      'MB before / peak / after',
      'promises',
    ],
    rows: trials.map(rowOf),
    figures: trials,
  },
  values.out,
);
if (trials.some((trial) => judge(trial, refuses(trial)).length > 0)) process.exitCode = 1;
