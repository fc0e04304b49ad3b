import type { Range } from './bars.ts';
import { drawLines, type Series } from './lines.ts';
import { formatTime } from './markup.ts';
import { logScale, ninesScale } from './scale.ts';

/** What is drawn of a distribution of durations. */
interface DrawnDistribution {
  readonly count: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** ascending */
  readonly ranges: readonly Range[];
}

/** A distribution to be drawn. */
export interface NamedDistribution {
  readonly name: string;
  readonly colour: number;
  readonly distribution: DrawnDistribution;
}

/** The percentile curve: how long, at most, the quickest p of all replies took. */
export function drawCurve(curves: readonly NamedDistribution[]): string {
  const most = Math.max(...curves.map(({ distribution }) => distribution.count));
  const leastMs = Math.min(...curves.map(({ distribution }) => Math.max(distribution.minMs, 0.001)));
  const greatestMs = Math.max(...curves.map(({ distribution }) => distribution.maxMs));
  const x = { scale: ninesScale(most), label: 'share of the replies' };
  const y = { scale: logScale(leastMs, greatestMs, formatTime), label: 'response time' };
  return drawLines(x, y, curves.map(toSeries));
}

function toSeries({ name, colour, distribution: { count, maxMs, ranges } }: NamedDistribution): Series {
  let below = 0;
  const points = ranges.map(([, toMs, inRange]) => {
    below += inRange;
    return [below / count, Math.min(toMs, maxMs)] as const;
  });
  return { name, colour, points };
}

/** From the least to the greatest of several distributions: so that charts side by side have one scale. */
export function spanOf(
  distributions: readonly Pick<DrawnDistribution, 'minMs' | 'maxMs'>[],
): readonly [number, number] {
  const least = Math.min(...distributions.map(({ minMs }) => minMs));
  return [Math.max(0.001, least), Math.max(0.002, ...distributions.map(({ maxMs }) => maxMs))];
}
