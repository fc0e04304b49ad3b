/** The results of the exercise's run as tables. */
import { type Section, type Summary, summarize } from '../report.ts';
import { type ClientName, clientTitles, type Run } from './clients.ts';
import type { Figure } from './figures.ts';
import type { Measured, Pair } from './rounds.ts';

export const figureColumns = ['what', 'reach', 'aim', 'reached (p10 to p90)', 'verdict'] as const;

export function figureRow({ what, unit, reach, aim, reached, verdict }: Figure): readonly string[] {
  const withUnit = (value: number): string => (unit === 's' ? `${value} s` : `${value}`);
  return [
    what,
    withUnit(reach),
    withUnit(aim),
    reached === undefined ? '-' : withSpread(reached, 2),
    verdict,
  ];
}

type State = 'cold' | 'warm';

const headings: Readonly<Record<State, string>> = {
  cold: 'Cold: every server started anew before the run',
  warm: 'Warm: the second run on the same server',
};

/** The table of a state, and how far its samples spread. */
export function stateSections(measured: Measured, state: State): readonly Section[] {
  const clients = [...new Set(measured.pairs.map(({ client }) => client))];
  const servers = [...new Set(measured.pairs.map(({ server }) => server))];
  const section = (heading: string, head: string, cell: (runs: readonly Run[]) => string): Section => ({
    heading,
    columns: ['server', ...clients.map((client) => `${clientTitles[client]}: ${head}`)],
    rows: servers.map((server) => [
      server,
      ...clients.map((client) => cell(runsOf(measured.pairs, server, client, state))),
    ]),
  });
  return [
    section(headings[state], 'p50 / p99 ms, whole command ms', medians),
    section(`${headings[state]}: spread, p10 to p90`, 'p50; p99; whole command, ms', spreads),
  ];
}

function runsOf(pairs: readonly Pair[], server: string, client: ClientName, state: State): readonly Run[] {
  return pairs.find((pair) => pair.server === server && pair.client === client)?.[state] ?? [];
}

function medians(runs: readonly Run[]): string {
  const { p50, p99, whole } = summaries(runs);
  return `${p50.median.toFixed(2)} / ${p99.median.toFixed(1)}, ${whole.median.toFixed(0)}`;
}

function spreads(runs: readonly Run[]): string {
  const { p50, p99, whole } = summaries(runs);
  const range = ({ p10, p90 }: Summary, digits: number): string =>
    `${p10.toFixed(digits)} to ${p90.toFixed(digits)}`;
  return [range(p50, 2), range(p99, 1), range(whole, 0)].join('; ');
}

function summaries(runs: readonly Run[]): Readonly<Record<keyof Run, Summary>> {
  return {
    p50: summarize(runs.map(({ p50 }) => p50)),
    p99: summarize(runs.map(({ p99 }) => p99)),
    whole: summarize(runs.map(({ whole }) => whole)),
  };
}

/** How long each server took to start, and tsx alone. */
export function startSection({ starts, tsxAlone }: Measured): Section {
  const row = (what: string, samples: readonly number[]): readonly string[] => [
    what,
    withSpread(summarize(samples), 0),
    `${samples.length}`,
  ];
  return {
    heading: 'Starts, ms: ours until the line that it listens, the others until they accept',
    columns: ['what', 'median (p10 to p90)', 'samples'],
    rows: [...[...starts].map(([server, samples]) => row(server, samples)), row('npx tsx -e 0', tsxAlone)],
  };
}

function withSpread({ median, p10, p90 }: Summary, digits: number): string {
  return `${median.toFixed(digits)} (${p10.toFixed(digits)} to ${p90.toFixed(digits)})`;
}
