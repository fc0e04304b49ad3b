/** What was measured of each server, and the table of it. */
import { percentile, type Summary, summarize } from '../report.ts';
import type { BenchServer } from './servers.ts';

const shares = { p50: 0.5, p99: 0.99, p999: 0.999, max: 1 } as const;
export type Share = keyof typeof shares;

/** One server in one round: milliseconds of SetNum and Fact, and what the load came to. */
export interface Round {
  readonly idle: Readonly<Record<Share, number>>;
  readonly loaded: Readonly<Record<Share, number>>;
  /** The same of Fact that is not cached. */
  readonly fact: {
    readonly idle: Readonly<Record<Share, number>>;
    readonly loaded: Readonly<Record<Share, number>>;
  };
  readonly calls: { readonly idle: number; readonly loaded: number };
  readonly factorialsPerSecond: number;
}

/** A server and its rounds. */
export interface Measured {
  readonly server: BenchServer;
  readonly rounds: readonly Round[];
}

function byShare<T>(figure: (share: Share) => T): Readonly<Record<Share, T>> {
  return { p50: figure('p50'), p99: figure('p99'), p999: figure('p999'), max: figure('max') };
}

export function percentiles(samples: readonly number[]): Readonly<Record<Share, number>> {
  return byShare((share) => percentile(samples, shares[share]));
}

/** The figures of all rounds of a server. */
export function figuresOf({ server, rounds: all }: Measured) {
  const of = (figure: (round: Round) => number): Summary => summarize(all.map(figure));
  return {
    server: server.name,
    idleMs: byShare((share) => of(({ idle }) => idle[share])),
    loadedMs: byShare((share) => of(({ loaded }) => loaded[share])),
    factMs: {
      idle: byShare((share) => of(({ fact }) => fact.idle[share])),
      loaded: byShare((share) => of(({ fact }) => fact.loaded[share])),
    },
    loadedToIdle: byShare((share) => of(({ idle, loaded }) => loaded[share] / idle[share])),
    factorialsPerSecond: of((round) => round.factorialsPerSecond),
    rounds: all,
  };
}
export type Figures = ReturnType<typeof figuresOf>;

/** Each of ours against the peer whose p99 under load is the lowest. */
export function comparisons(
  all: readonly Figures[],
  isOurs: (figures: Figures) => boolean,
): readonly string[] {
  const [best] = all
    .filter((figures) => !isOurs(figures))
    .sort((a, b) => a.loadedMs.p99.median - b.loadedMs.p99.median);
  return best === undefined ? [] : all.filter(isOurs).map((ours) => comparison(ours, best));
}

function comparison(ours: Figures, best: Figures): string {
  const ratios = byShare((share) =>
    summarize(
      ours.rounds.map((round, i) => round.loaded[share] / (best.rounds[i]?.loaded[share] ?? Number.NaN)),
    ),
  );
  return (
    `${ours.server} / ${best.server} (the peer with the lowest p99 under load), both under load, per round: ` +
    `p50 ${spread(ratios.p50)}, p99 ${spread(ratios.p99)}, p99.9 ${spread(ratios.p999)}.`
  );
}

const spread = (s: Summary) => `${s.median.toFixed(3)} (${s.p10.toFixed(3)} to ${s.p90.toFixed(3)})`;
const median = (s: Readonly<Record<Share, Summary>>, ...of: readonly Share[]): string =>
  of.map((share) => s[share].median.toFixed(3)).join(' / ');

export const columns = [
  'server',
  'idle p50 / p99 / p99.9, ms',
  'loaded p50 / p99 / p99.9, ms',
  'p50 loaded / idle',
  'p99 loaded / idle',
  'n! per second',
  'SetNum under load',
  'cold Fact idle p50 / p99, ms',
  'cold Fact loaded p50 / p99 / max, ms',
] as const;

/** What the table says of a server, by column. */
export function row(figures: Figures): readonly string[] {
  const { server, idleMs, loadedMs, factMs, loadedToIdle, factorialsPerSecond, rounds: all } = figures;
  const calls = all.reduce((sum, round) => sum + round.calls.loaded, 0);
  const longestMs = Math.max(...all.map(({ fact }) => fact.loaded.max));
  return [
    server,
    median(idleMs, 'p50', 'p99', 'p999'),
    median(loadedMs, 'p50', 'p99', 'p999'),
    spread(loadedToIdle.p50),
    spread(loadedToIdle.p99),
    factorialsPerSecond.median.toFixed(1),
    String(calls),
    median(factMs.idle, 'p50', 'p99'),
    `${median(factMs.loaded, 'p50', 'p99')} / ${longestMs.toFixed(1)}`,
  ];
}
