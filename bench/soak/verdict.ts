import type { Sample } from './process.ts';

/** MB per minute that memory may grow by after the warm-up. */
export const slopeMbPerMinuteMax = 1;

/** What one server was seen to do. */
export interface Course {
  /** Taken before any load, after one call. */
  readonly before: Sample;
  /** Taken under load, after the warm-up. */
  readonly samples: readonly Sample[];
  /** Taken once the load has gone. */
  readonly after: Sample;
  /** Answers that were not as they had to be. */
  readonly faults: readonly string[];
}

export interface Verdict {
  readonly slopeMbPerMinute: number;
  /** What the promises of a soak say and this run does not keep; empty: all is well. */
  readonly broken: readonly string[];
}

/** The slope of the straight line through the points with the least squares; 0 for fewer than two. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
  const x = mean(points.map(([value]) => value));
  const y = mean(points.map(([, value]) => value));
  const spread = points.reduce((sum, [value]) => sum + (value - x) ** 2, 0);
  return spread > 0 ? points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0) / spread : 0;
}

/** Holds a course against what a soak promises. */
export function judge({ before, samples, after, faults }: Course): Verdict {
  const slopeMbPerMinute = slope(samples.map(({ minutes, residentMb }) => [minutes, residentMb] as const));
  const threads = new Set([...samples, after].map((sample) => sample.threads));
  const broken: string[] = [];
  if (samples.length < 2) broken.push('too few samples to judge');
  if (slopeMbPerMinute >= slopeMbPerMinuteMax)
    broken.push(`memory grows by ${slopeMbPerMinute.toFixed(2)} MB a minute`);
  if (after.handles !== before.handles)
    broken.push(`${before.handles} open files before the load, ${after.handles} after it`);
  if (threads.size > 1) broken.push(`between ${Math.min(...threads)} and ${Math.max(...threads)} threads`);
  if (faults.length > 0) broken.push(`${faults.length} wrong answers, the first: ${faults[0]}`);
  return { slopeMbPerMinute, broken };
}
