/** The exercise's own run, by each client on each server: see --help. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openProgress } from '../client/cli/progress.ts';
import { buildServer } from './compiled-server.ts';
import { clientNames, createClients } from './exercise/clients.ts';
import { figuresOf } from './exercise/figures.ts';
import { checkKnownAnswers } from './exercise/known-answers.ts';
import { type Measured, measureRounds } from './exercise/rounds.ts';
import {
  type Contestant,
  nodeName,
  ourContestants,
  peerContestants,
  pythonContestant,
  startFresh,
} from './exercise/servers.ts';
import { figureColumns, figureRow, startSection, stateSections } from './exercise/tables.ts';
import { parseCount, parseNames, parsePath, readFlags } from './flags.ts';
import { noteMachineLoad } from './machine-load.ts';
import { openPython, type Python, pythonMissing } from './peers/python.ts';
import { publish, type Report } from './report.ts';

const usage = `Usage: npm run bench -- exercise [flags]

Runs the exercise, 8 threads x 100 requests, by Python's client and by ours, on our server and on
its peers. Every server is started anew before each run (cold); a second run on the same server
follows (warm). It takes some 20 minutes.

Flags
  --rounds N       how often each client meets each server     (10)
  --hot-after N    runs on one server before the one that counts as hot (10)
  --peers FOLDER   what bench/peers/build.sh built, the missing ones are left out
                   (node_modules/.cache/numstore-bench-peers)
  --node24 FILE    another Node, which runs our server as well (none)
  --clients LIST   among ${clientNames.join(', ')}   (all)
  --dist FOLDER    our server and client, compiled             (compiled first)
  --out FILE       write FILE.md and FILE.json
  --help           show this`;

const flags = readFlags(usage, () => {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '10' },
      'hot-after': { type: 'string', default: '10' },
      peers: { type: 'string' },
      node24: { type: 'string' },
      clients: { type: 'string', default: clientNames.join(',') },
      dist: { type: 'string' },
      out: { type: 'string' },
    },
  });
  return {
    rounds: parseCount('--rounds', values.rounds),
    hotAfter: parseCount('--hot-after', values['hot-after']),
    peers: values.peers && parsePath('--peers', values.peers),
    nodes: [process.execPath, ...(values.node24 === undefined ? [] : [parsePath('--node24', values.node24)])],
    clients: parseNames('--clients', values.clients, clientNames),
    dist: values.dist && parsePath('--dist', values.dist),
    out: values.out,
  };
});

const load = noteMachineLoad();
let now = '';
const onStep = (text: string): void => {
  now = text;
};

interface Result {
  readonly measured: Measured;
  readonly versions: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

async function measure(python: Python | undefined): Promise<Result> {
  const serverFile = flags.dist === undefined ? buildServer() : join(flags.dist, 'server/main.js');
  const clientFile = join(flags.dist ?? fileURLToPath(new URL('../dist', import.meta.url)), 'client/main.js');
  const peers = peerContestants(flags.peers);
  const all = [
    ...(python === undefined ? [] : [pythonContestant(python)]),
    ...peers.contestants,
    ...ourContestants(serverFile, flags.nodes),
  ];
  const { versions, contestants, notes } = await check(all);
  const clients = createClients(flags.clients, clientFile, python);
  const measured = await measureRounds({
    contestants,
    clients,
    rounds: flags.rounds,
    hotAfter: flags.hotAfter,
    onStep,
  });
  const missing = python === undefined ? [pythonMissing] : [];
  const repeated = measured.repeats.map((pair) => `Repeated, for the client failed: ${pair}.`);
  return { measured, versions, notes: [...missing, ...peers.notes, ...notes, ...repeated] };
}

interface Checked extends Pick<Result, 'versions' | 'notes'> {
  readonly contestants: readonly Contestant[];
}

/**
 * Starts each server once: a wrong answer ends the benchmark, and a peer that does not start is
 * left out.
 */
async function check(all: readonly Contestant[]): Promise<Checked> {
  const versions: Record<string, string> = {};
  const contestants: Contestant[] = [];
  const notes: string[] = [];
  for (const contestant of all) {
    const { name, kind } = contestant;
    onStep(`checking the answers of ${name}`);
    const server = await startFresh(contestant).catch((error: unknown) => {
      if (kind === 'ours') throw error;
      notes.push(`${name} left out: ${error instanceof Error ? error.message : error}`);
    });
    if (server === undefined) continue;
    try {
      await checkKnownAnswers(name, server.port);
    } finally {
      await server.close();
    }
    versions[name] = server.version;
    contestants.push(contestant);
  }
  return { versions, contestants, notes };
}

function methodOf(node: string): string {
  return [
    `The exercise: 8 threads x 100 requests, one at a time each, SetNum and Fact 50/50, 100 keys, values 1 to 15.`,
    `${flags.rounds} rounds; clients and servers are interleaved, another one goes first in each round.`,
    'Cold: the server is started anew, listens, and has 200 ms to settle. Warm: the second run on it.',
    `The ratio cold / after ${flags.hotAfter} runs looks at the run after ${flags.hotAfter} others on the same server.`,
    'Tables show medians over the rounds; a figure is the median of the ratios of each round.',
    "p50 and p99 are what each client reports. Python's client connects in its first calls, as one written from the text of",
    'the exercise does; ours connects before its clock starts.',
    'A whole command is timed from outside, from its start to its end. All processes have the same priority.',
    'The answers of each server are checked before the rounds, those of each run by the exit code of the client.',
    `Our clients run on ${node}.`,
  ].join(' ');
}

/** Figures of the same list that need another tool. */
const measuredElsewhere =
  'Measured elsewhere: SetNum with 8 x 1 and 8 x 32 in flight by `npm run bench -- transport`, SetNum beside large factorials by ' +
  '`npm run bench -- tail`, and the time until the image is healthy with the image.';

function reportOf({ measured, versions, notes }: Result): Report {
  const node = nodeName(process.execPath);
  const figures = figuresOf(measured, node);
  return {
    title: "The exercise's own run, beside its peers",
    method: methodOf(node),
    versions,
    conditions: load.conditions(),
    columns: figureColumns,
    rows: figures.map(figureRow),
    sections: [
      ...stateSections(measured, 'cold'),
      ...stateSections(measured, 'warm'),
      startSection(measured),
    ],
    figures: {
      rounds: flags.rounds,
      figures,
      pairs: measured.pairs,
      starts: Object.fromEntries(measured.starts),
      tsxAlone: measured.tsxAlone,
    },
    notes: [...load.notes, ...notes, measuredElsewhere],
  };
}

// Servers are killed when this process exits, so a signal has to make it exit.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const python = openPython();
try {
  using _line = openProgress(process.stderr, () => now);
  const result = await measure(python);
  publish(reportOf(result), flags.out);
} finally {
  python?.close();
}
