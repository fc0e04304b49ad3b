/** What each design choice buys: our server with one choice taken away at a time. See --help. */
import { parseArgs } from 'node:util';
import { openProgress } from '../client/cli/progress.ts';
import { choiceNames } from './choices/choices.ts';
import { measureLanes } from './choices/lanes.ts';
import { figuresOf, type LaneFigures, laneSections } from './choices/tables.ts';
import { parseCount, parseNames, readFlags } from './flags.ts';
import { noteMachineLoad } from './machine-load.ts';
import { publish } from './report.ts';

const usage = `Usage: npm run bench -- choices [flags]

Loads our server with one design choice taken away at a time: 8 connections, one call at a time on each, SetNum and a
factorial 50/50, 100 keys. Every answer is checked. Exit code 1 if another variant than the cache by key returns a wrong one.

Flags
  --rounds N       how often each variant is measured        (5)
  --calls N        calls of each connection in a round       (2000)
  --choices LIST   among ${choiceNames.slice(0, 4).join(', ')},
                   ${choiceNames.slice(4).join(', ')}
                                                             (all)
  --out FILE       write FILE.md and FILE.json
  --help           show this`;

const flags = readFlags(usage, () => {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      calls: { type: 'string', default: '2000' },
      choices: { type: 'string', default: choiceNames.join(',') },
      out: { type: 'string' },
    },
  });
  return {
    rounds: parseCount('--rounds', values.rounds),
    calls: parseCount('--calls', values.calls),
    choices: parseNames('--choices', values.choices, choiceNames),
    out: values.out,
  };
});

const load = noteMachineLoad();
let now = '';
const onStep = (text: string): void => {
  now = text;
};

async function measure(): Promise<readonly LaneFigures[]> {
  using _line = openProgress(process.stderr, () => now);
  const lanes = await measureLanes({ ...flags, onStep });
  return lanes.map(figuresOf);
}

function methodOf(firstTable: string): string {
  return [
    "Our server with one choice taken away: wrong parts in the place of the product's (bench/choices).",
    'Each variant runs in a process of its own, on the native transport, by tsx.',
    `One other process loads it by 8 connections: ${flags.calls} calls on each, one at a time, for at most 4 s.`,
    'SetNum and a factorial 50/50, 100 keys. All processes have the same priority, but for the worker threads (nice 10).',
    `${flags.rounds} rounds after one that warms up; variants are interleaved, another one goes first in each round.`,
    'p50 and p99 are medians of those of each round. Wrong answers are those of all rounds.',
    'An answer is wrong if it is the factorial of no number that its key may have had, by the times of all writes.',
    'At rest, a number or a total that is wrong counts as well.',
    `First table: ${firstTable}.`,
  ].join(' ');
}

// The processes end when their standard input does, so a signal has to end this one.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const figures = await measure();
const [first, ...sections] = laneSections(figures);
if (first === undefined) throw new TypeError('Expected a workload');
publish(
  {
    title: 'What each design choice buys',
    method: methodOf(first.heading),
    versions: {},
    conditions: load.conditions(),
    columns: first.columns,
    rows: first.rows,
    sections,
    figures: { rounds: flags.rounds, calls: flags.calls, lanes: figures },
    notes: load.notes,
  },
  flags.out,
);
if (figures.some(({ choice, wrong }) => choice !== 'cache-by-key' && wrong > 0)) {
  console.error('A variant whose answers must be right has returned a wrong one');
  process.exitCode = 1;
}
