import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { CompiledServer } from '../compiled-server.ts';

/** What the main thread of a server has spent since its start, in milliseconds. */
export interface Spent {
  readonly at: number;
  readonly runningMs: number;
  /** Ready to run, while other threads had the cores. */
  readonly waitingMs: number;
  /** In garbage collection, a part of `runningMs`; undefined without metrics. */
  readonly collectingMs: number | undefined;
}

/** Shares of the time of an attack, from 0 to 1. */
export interface MainThread {
  readonly running: number;
  readonly waiting: number;
  readonly collecting: number | undefined;
}

/** Looks at the main thread, by the scheduler's own count and by the metrics. */
export async function spentBy({ pid, metricsPort }: CompiledServer): Promise<Spent> {
  const [runningNs = 0, waitingNs = 0] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8')
    .split(' ')
    .map(Number);
  const at = performance.now();
  return {
    at,
    runningMs: runningNs / 1e6,
    waitingMs: waitingNs / 1e6,
    collectingMs: metricsPort === undefined ? undefined : await collectionMs(metricsPort),
  };
}

/** What the main thread did between two looks at it. */
export function mainThreadBetween(before: Spent, after: Spent): MainThread {
  const share = (from: number, to: number): number => (to - from) / (after.at - before.at);
  const { collectingMs: from } = before;
  const { collectingMs: to } = after;
  return {
    running: share(before.runningMs, after.runningMs),
    waiting: share(before.waitingMs, after.waitingMs),
    collecting: from === undefined || to === undefined ? undefined : share(from, to),
  };
}

async function collectionMs(port: number): Promise<number> {
  // Without an agent the connection is closed at once: an open one would count as a file left open.
  const [response]: IncomingMessage[] = await once(get({ port, path: '/metrics', agent: false }), 'response');
  if (response === undefined) throw new Error('Expected a response from the metrics port');
  const sums = (await text(response)).matchAll(/^nodejs_gc_duration_seconds_sum\S* (\S+)$/gm);
  return [...sums].reduce((sum, [, seconds]) => sum + 1000 * Number(seconds), 0);
}

/**
 * What limited a server during an attack, in words. A main thread that mostly sleeps does not
 * limit it: the delay arises in the kernel, or in the clients on the same cores.
 */
export function limitOf({ running, waiting, collecting = 0 }: MainThread): string {
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  const spent = `main thread ${percent(running)} running, ${percent(collecting)} collecting garbage, ${percent(waiting)} waiting for a core`;
  if (running + waiting < 0.5) return `not by its main thread: ${spent}`;
  if (collecting > running / 4) return `by garbage: ${spent}`;
  return waiting > running ? `by cores: ${spent}` : `by its work: ${spent}`;
}
