/** What every benchmark shares: statistics, the machine it ran on, a table on stdout, a file of results. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { areEqual } from './priority.ts';

/** The median and how far the samples spread, in the unit of the samples. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly p10: number;
  readonly p90: number;
  readonly samples: number;
}

/** Rows under the names of their columns. */
interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One benchmark's outcome. Its own table comes first. */
export interface Report extends Table {
  readonly title: string;
  /** What was measured, how, and in which unit. */
  readonly method: string;
  readonly versions: Readonly<Record<string, string>>;
  /** What else says how far the figures can be trusted, such as the load average. */
  readonly conditions?: Readonly<Record<string, string>>;
  /** Further tables, each under a heading of its own. */
  readonly sections?: readonly Section[];
  /** The figures behind the tables. */
  readonly figures: unknown;
  readonly notes?: readonly string[];
}

/** A table with its heading. */
export interface Section extends Table {
  readonly heading: string;
}

/** The value below which the share p of the samples lies, linearly interpolated; NaN without samples. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const h = (sorted.length - 1) * p;
  const below = sorted[Math.floor(h)] ?? Number.NaN;
  const above = sorted[Math.ceil(h)] ?? Number.NaN;
  return below + (above - below) * (h - Math.floor(h));
}

export function summarize(samples: readonly number[]): Summary {
  return {
    median: percentile(samples, 0.5),
    min: percentile(samples, 0),
    p10: percentile(samples, 0.1),
    p90: percentile(samples, 0.9),
    samples: samples.length,
  };
}

/** Machine, system, Node and commit: the header of every file of results. */
export function environment(): Readonly<Record<string, string>> {
  return {
    date: new Date().toISOString(),
    machine: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${platform()} ${release()}`,
    node: `${process.version} (V8 ${process.versions.v8})`,
    commit: commit(),
    ...(areEqual ? { priorities: 'all processes alike, whatever the method says' } : {}),
  };
}

function commit(): string {
  try {
    const head = git('rev-parse', 'HEAD');
    return git('status', '--porcelain') === '' ? head : `${head} with local changes`;
  } catch {
    return 'unknown';
  }
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

/** The report as Markdown: header, tables, notes. */
export function toMarkdown(report: Report): string {
  const facts = { ...environment(), ...report.conditions, ...report.versions };
  return [
    `# ${report.title}`,
    '',
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    `- method: ${report.method}`,
    '',
    ...tableLines(report),
    ...(report.sections ?? []).flatMap((section) => [
      '',
      `## ${section.heading}`,
      '',
      ...tableLines(section),
    ]),
    ...(report.notes ?? []).flatMap((note) => ['', note]),
    '',
  ].join('\n');
}

function tableLines({ columns, rows }: Table): readonly string[] {
  return [tableRow(columns), tableRow(columns.map(() => '---')), ...rows.map(tableRow)];
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Prints the report, and writes FILE.md and FILE.json where a file is given (its extension, if any, is replaced). */
export function publish(report: Report, file: string | undefined): void {
  const markdown = toMarkdown(report);
  process.stdout.write(markdown);
  if (file === undefined) return;
  const base = file.replace(/\.(md|json)$/, '');
  mkdirSync(dirname(base), { recursive: true });
  writeFileSync(`${base}.md`, markdown);
  const { title, method, versions, conditions, figures } = report;
  const json = { title, ...environment(), ...conditions, versions, method, figures };
  writeFileSync(`${base}.json`, `${JSON.stringify(json, null, 2)}\n`);
}
