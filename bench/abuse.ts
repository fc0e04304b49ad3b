/**
 * Attacks servers on the loopback interface while a well-behaved client uses them: grpc-js as it comes, and ours on
 * both transports. Bounded: each attack ends by itself.
 *
 *   npm run abuse [-- --out FILE --servers defaults,grpc-js,native --only "NAME OF AN ATTACK" --seconds 5
 *                      --server FILE]
 *
 * --only may be given several times. An attack is repeated until it has lasted --seconds.
 *
 * With --out it writes FILE.md and FILE.json, and what each server answers to single wrong things to FILE-protocol.md and
 * FILE-protocol.json; bench/abuse/document.ts makes docs/abuse.md of both.
 * Exit code 1 if one of our servers breaks a promise.
 */
import { setTimeout as rest } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openProgress } from '../client/cli/progress.ts';
import { attacks } from './abuse/attacks.ts';
import { limitOf, spentBy } from './abuse/main-thread.ts';
import { protocolCases, tryCase } from './abuse/protocol-cases.ts';
import { type Subject, subjects } from './abuse/subject.ts';
import { attempt, hasRecovered, type Parties, type Trial } from './abuse/trial.ts';
import { broken } from './abuse/verdict.ts';
import { buildServer } from './compiled-server.ts';
import { openLineProcess } from './peers/line-process.ts';
import { publish, type Report } from './report.ts';
import { sampleProcess } from './soak/process.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    servers: { type: 'string', default: 'defaults,grpc-js,native' },
    only: { type: 'string', multiple: true },
    seconds: { type: 'string', default: '5' },
    server: { type: 'string' },
  },
});
/** A server that has just started is not yet what it will be: it is used for so long first. */
const warmUpMs = 3_000;

const chosen = attacks.filter(({ name }) => values.only?.includes(name) ?? true);
const trials: Trial[] = [];
let now = '';

/** All attacks on one server; one that does not recover is replaced by a fresh one. */
async function attackAll(subject: Subject, parties: Parties): Promise<void> {
  const open = async () => {
    const server = await subject.open();
    await parties.prober.ask(String(server.port));
    await rest(warmUpMs);
    await parties.prober.ask('stop');
    // The first look at the metrics loads what the later ones use.
    await spentBy(server);
    await rest(500);
    return { server, before: sampleProcess(server.pid, 0) };
  };
  let { server, before } = await open();
  try {
    for (const { name } of chosen) {
      now = `${trials.length + 1} of ${all.length * chosen.length}: ${name} on ${subject.name}`;
      // Where no line can change on a terminal, each has its own.
      if (!process.stderr.isTTY) console.error(now);
      const trial = await attempt(name, subject, server, before, parties);
      trials.push(trial);
      if (hasRecovered(trial) && trial.failed === 0) continue;
      await server.close();
      ({ server, before } = await open());
    }
  } finally {
    await server.close();
  }
}

function rowOf(trial: Trial): readonly string[] {
  const { attack, server, quietP99, p99, longest, failed, before, peakMb, after, outcome } = trial;
  const faults = broken(trial, trials);
  return [
    attack,
    server,
    `${quietP99.toFixed(1)} / ${p99.toFixed(1)} / ${longest.toFixed(0)}`,
    String(failed),
    after === undefined
      ? 'died'
      : `${before.residentMb.toFixed(0)} / ${peakMb.toFixed(0)} / ${after.residentMb.toFixed(0)}`,
    after === undefined ? '' : `${after.handles - before.handles}`,
    outcome.replaceAll('|', ' '),
    server === 'defaults' ? '' : faults.length === 0 ? 'kept' : `broken: ${faults.join(', ')}`,
    trial.mainThread === undefined ? '' : limitOf(trial.mainThread),
  ];
}

const script = (name: string): string[] => [
  '--import',
  'tsx',
  fileURLToPath(new URL(`./abuse/${name}.ts`, import.meta.url)),
];
const all = subjects(values.server ?? buildServer()).filter(({ name }) =>
  values.servers.split(',').includes(name),
);

/** What each server says to each wrong thing: no measurement, and the same on every machine. */
async function protocolReport(): Promise<Report> {
  const columns: (readonly string[])[] = [];
  for (const subject of all) {
    const server = await subject.open();
    const answers: string[] = [];
    for (const each of protocolCases) answers.push(await tryCase(server.port, each));
    columns.push(answers);
    await server.close();
  }
  return {
    title: 'Abuse: what servers answer to single wrong things',
    method: 'npm run abuse. Each on a connection of its own; what the server says first',
    versions: {},
    columns: ['sent', ...all.map(({ name }) => name)],
    rows: protocolCases.map(({ name }, row) => [name, ...columns.map((answers) => answers[row] ?? '')]),
    figures: protocolCases.map(({ name }, row) => ({
      sent: name,
      answers: Object.fromEntries(all.map((subject, column) => [subject.name, columns[column]?.[row] ?? ''])),
    })),
  };
}

const parties: Parties = {
  seconds: Number(values.seconds),
  prober: openLineProcess(process.execPath, script('prober')),
  attacker: openLineProcess(process.execPath, script('attacker')),
};
try {
  using _line = openProgress(process.stderr, () => now);
  for (const subject of all) await attackAll(subject, parties);
} finally {
  await parties.prober.close();
  await parties.attacker.close();
}
publish(
  {
    title: 'Abuse: what attacks do to a server and to whoever uses it',
    method: `npm run abuse. "defaults" is grpc-js as it comes (bench/abuse/before.ts), the others are this server on its two transports, compiled, with default limits but for --max-n. In each row somebody uses the server: SetNum every 2 ms whatever happens, first for 2 s alone (quiet), then during the attack, which is repeated until it has lasted ${values.seconds} s, and four times a second on a connection of its own. The attacker is another process, and gets what the others leave of the two cores (SCHED_IDLE); the well-behaved client goes first (nice -15). Memory is resident; "after" is up to 35 s later, 10 s for the defaults. The quiet p99 that counts is the median of those before all attacks on a server. The longest wait bounds how long the event loop stood still`,
    versions: {},
    columns: [
      'attack',
      'server',
      'p99 quiet / p99 / longest, ms',
      'errors',
      'MB before / peak / after',
      'open files left',
      'what the attacker saw',
      'promises',
      'its main thread',
    ],
    rows: chosen.flatMap(({ name }) => trials.filter(({ attack }) => attack === name).map(rowOf)),
    figures: trials,
    notes: chosen.map(({ name, what }) => `- ${name}: ${what}`),
  },
  values.out,
);
if (values.only === undefined) {
  const base = values.out?.replace(/\.(md|json)$/, '');
  publish(await protocolReport(), base === undefined ? undefined : `${base}-protocol`);
}
if (trials.some((trial) => broken(trial, trials).length > 0)) process.exitCode = 1;
