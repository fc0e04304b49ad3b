import type { Stats } from '../api/client.ts';
import { escapeField, printable, writeJson } from '../cli/printable.ts';
import { wordsOf } from './numbers-rows.ts';

/** What a server said at one moment. */
export interface Sample {
  readonly at: Date;
  readonly stats: Stats;
}

/** Figures that only grow while a server runs. */
const counters = [
  'revision',
  'cacheHits',
  'cacheMisses',
  'cacheJoined',
  'cacheEvictions',
  'workersLost',
  'engineFallbacks',
] as const satisfies readonly (keyof Stats)[];

/**
 * How fast the counters have grown between two samples, per second.
 * @returns nothing at all if the server has been started again in between, or if another one has answered
 */
export function ratesOf(before: Sample | undefined, now: Sample): ReadonlyMap<string, number> {
  if (before === undefined || now.stats.uptimeMs <= before.stats.uptimeMs) return new Map();
  const seconds = Number(now.stats.uptimeMs - before.stats.uptimeMs) / 1000;
  return new Map(counters.map((name) => [name, Number(now.stats[name] - before.stats[name]) / seconds]));
}

const home = '\u001b[H';
const eraseLine = '\u001b[K';
const eraseBelow = '\u001b[J';
/** Of the longest name, and of an int64. */
const nameWidth = 18;
const figureWidth = 20;

/** Names and figures alone; a terminal that is narrower wraps them. */
const columnsMin = nameWidth + 2 + figureWidth;

/** What a person sees: it replaces what was there. A line that is wrapped would not be replaced. */
export function renderScreen(lines: readonly string[], columns = Number.POSITIVE_INFINITY): string {
  const width = Math.max(columnsMin, columns);
  return `${home}${lines.map((line) => `${line.slice(0, width)}${eraseLine}\n`).join('')}${eraseBelow}`;
}

/** A table of all figures, with how fast those grow that do. */
export function renderTable({ at, stats }: Sample, rates: ReadonlyMap<string, number>): readonly string[] {
  const rows = Object.entries(stats).map(([name, figure]) => {
    const rate = rates.get(name);
    const cells = [wordsOf(name).padEnd(nameWidth), printable(`${figure}`).padStart(figureWidth)];
    return [...cells, rate === undefined ? '' : `${rate.toFixed(1).padStart(12)} /s`].join('  ').trimEnd();
  });
  return [at.toTimeString().slice(0, 'hh:mm:ss'.length), '', ...rows];
}

/** The names of the columns that `renderColumns` fills. */
export function renderHeader({ stats }: Sample): string {
  return ['time', ...Object.keys(stats)].join('\t');
}

export function renderColumns({ at, stats }: Sample): string {
  const figures = Object.values(stats).map((figure) => escapeField(`${figure}`));
  return [at.toISOString(), ...figures].join('\t');
}

/** One object; an int64 does not fit a JSON number, so figures are strings. */
export function renderJson({ at, stats }: Sample): string {
  const figures = Object.entries(stats).map(([name, figure]) => [name, `${figure}`]);
  return writeJson({ time: at.toISOString(), ...Object.fromEntries(figures) });
}
