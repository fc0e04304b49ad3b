import {
  addHistogram,
  coarseBits,
  createHistogram,
  type LogHistogram,
  listRanges,
  type Range,
  recordMs,
  valueAtRank,
} from './log-histogram.ts';

/** What happened in one window of time. */
interface Window {
  /** latencies of the replies to the calls that were meant to be sent in it */
  readonly latency: LogHistogram;
  /** replies and failures that came in it */
  replies: number;
  failed: number;
}

/** A run in windows of equal width; plain data, so that threads can send it. */
export interface Timeline {
  windowMs: number;
  /** undefined: nothing happened in it */
  windows: (Window | undefined)[];
}

/** What happened in one window of the measurement. */
export interface TimelinePoint {
  /** its start, milliseconds from that of the measurement */
  readonly atMs: number;
  readonly replies: number;
  readonly failed: number;
  /** of the calls that were due in it; null when none was */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  /** [from, to, count] of their latencies, milliseconds */
  readonly ranges: readonly Range[];
}

/** A run in windows, in figures. */
export interface TimelineSummary {
  readonly windowMs: number;
  readonly points: readonly TimelinePoint[];
}

const firstWindowMs = 100;
/** One more, and each two become one: a run of any length has between half as many and so many. */
const windowsMax = 128;

export function createTimeline(): Timeline {
  return { windowMs: firstWindowMs, windows: [] };
}

/** The window in which `atMs`, at least 0, lies. */
function windowAt(timeline: Timeline, atMs: number): Window {
  while (atMs >= timeline.windowMs * windowsMax) widen(timeline);
  const index = Math.floor(atMs / timeline.windowMs);
  const known = timeline.windows[index];
  if (known !== undefined) return known;
  const fresh = { latency: createHistogram(coarseBits), replies: 0, failed: 0 };
  timeline.windows[index] = fresh;
  return fresh;
}

/** Files one call that was meant to be sent at `dueMs` and ended at `endMs`, both from the start of the measurement. */
export function fileCall(timeline: Timeline, dueMs: number, endMs: number, isReply: boolean): void {
  const ended = windowAt(timeline, endMs);
  if (!isReply) {
    ended.failed++;
    return;
  }
  ended.replies++;
  recordMs(windowAt(timeline, dueMs).latency, endMs - dueMs);
}

/** The threads' timelines as one, in the widest of their windows; they are used up. */
export function mergeTimelines(timelines: readonly Timeline[]): Timeline {
  const merged = createTimeline();
  const windowMs = Math.max(firstWindowMs, ...timelines.map((timeline) => timeline.windowMs));
  while (merged.windowMs < windowMs) widen(merged);
  for (const timeline of timelines) {
    while (timeline.windowMs < windowMs) widen(timeline);
    for (const [index, window] of timeline.windows.entries()) {
      if (window !== undefined) merged.windows[index] = join(merged.windows[index], window);
    }
  }
  return merged;
}

/** The threads' timelines as one, in figures; they are used up. */
export function summariseTimeline(timelines: readonly Timeline[]): TimelineSummary {
  const { windowMs, windows } = mergeTimelines(timelines);
  const points = Array.from(windows, (window, index): TimelinePoint => {
    const atMs = index * windowMs;
    if (window === undefined) {
      return { atMs, replies: 0, failed: 0, p50Ms: null, p99Ms: null, maxMs: null, ranges: [] };
    }
    const { latency, replies, failed } = window;
    const at = (p: number): number | null =>
      latency.count === 0 ? null : valueAtRank(latency, Math.floor((latency.count - 1) * p));
    const points = { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
    return { atMs, replies, failed, ...points, ranges: listRanges(latency) };
  });
  return { windowMs, points };
}

function widen(timeline: Timeline): void {
  const wide: (Window | undefined)[] = [];
  for (const [index, window] of timeline.windows.entries()) {
    const half = index >>> 1;
    if (window !== undefined) wide[half] = join(wide[half], window);
  }
  timeline.windows = wide;
  timeline.windowMs *= 2;
}

function join(into: Window | undefined, from: Window): Window {
  if (into === undefined) return from;
  addHistogram(into.latency, from.latency);
  into.replies += from.replies;
  into.failed += from.failed;
  return into;
}
