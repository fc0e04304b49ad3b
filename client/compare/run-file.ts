import { readFile } from 'node:fs/promises';
import { UsageError } from '../cli/exit.ts';
import type { Range } from '../stats/log-histogram.ts';

/** What is compared of a run: the part of what `--json` has written. */
export interface ComparedRun {
  readonly file: string;
  readonly startedAt: string;
  readonly loop: string;
  readonly settings: unknown;
  readonly environment: unknown;
  readonly isReliable: boolean;
  readonly failed: number;
  readonly repliesPerSecond: number;
  readonly count: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly ranges: readonly Range[];
  /** as the report tells them */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly meanMs: number;
  readonly windowMs: number;
  /** the latencies of each window, and how many replies came in it */
  readonly windows: readonly { readonly replies: number; readonly ranges: readonly Range[] }[];
}

/**
 * Reads a file that `--json` of the load tester has written.
 *
 * @throws UsageError when it cannot be read, or is something else
 */
export async function readRun(file: string): Promise<ComparedRun> {
  try {
    return parseRun(file, JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError([`${file}: expected a file that --json of the load tester has written (${reason})`]);
  }
}

function parseRun(file: string, json: unknown): ComparedRun {
  const format = field(json, 'format');
  if (format !== 'numstore-load/1') throw new TypeError(`format: expected "numstore-load/1", got ${format}`);
  const latency = field(json, 'latency');
  if (latency === null) throw new TypeError('the run has no replies');
  const timeline = field(json, 'timeline');
  return {
    file,
    startedAt: text(json, 'startedAt'),
    loop: text(json, 'loop'),
    settings: field(json, 'settings'),
    environment: field(json, 'environment'),
    isReliable: field(field(json, 'reliability'), 'isReliable') === true,
    failed: number(json, 'failed'),
    repliesPerSecond: number(json, 'repliesPerSecond'),
    count: number(latency, 'count'),
    minMs: number(latency, 'minMs'),
    maxMs: number(latency, 'maxMs'),
    ranges: list(latency, 'ranges').map(toRange),
    p50Ms: percentile(latency, 0.5),
    p99Ms: percentile(latency, 0.99),
    meanMs: number(latency, 'meanMs'),
    windowMs: number(timeline, 'windowMs'),
    windows: list(timeline, 'points').map((point) => ({
      replies: number(point, 'replies'),
      ranges: list(point, 'ranges').map(toRange),
    })),
  };
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) throw new TypeError(`${name}: expected it in an object`);
  return new Map<string, unknown>(Object.entries(value)).get(name);
}

function number(value: unknown, name: string): number {
  const found = field(value, name);
  if (typeof found !== 'number') throw new TypeError(`${name}: expected a number, got ${typeof found}`);
  return found;
}

function text(value: unknown, name: string): string {
  const found = field(value, name);
  if (typeof found !== 'string') throw new TypeError(`${name}: expected a text, got ${typeof found}`);
  return found;
}

function list(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name);
  if (!Array.isArray(found)) throw new TypeError(`${name}: expected a list, got ${typeof found}`);
  return found;
}

function percentile(latency: unknown, p: number): number {
  const entry = list(latency, 'percentiles').find((each) => number(each, 'p') === p);
  if (entry === undefined) throw new TypeError(`percentiles: expected one of p = ${p}`);
  return number(entry, 'ms');
}

function toRange(value: unknown): Range {
  const [from, to, count] = Array.isArray(value) ? value.map(Number) : [];
  if (from === undefined || to === undefined || count === undefined || Number.isNaN(from + to + count)) {
    throw new TypeError('ranges: expected [from, to, count]');
  }
  return [from, to, count];
}
