import { timingParts } from '../../api/trailers.ts';
import { drawDurations, drawSplit, type SplitRow } from '../../charts/bars.ts';
import { drawCurve, type NamedDistribution, spanOf } from '../../charts/curve.ts';
import { renderSection } from '../../charts/document.ts';
import { drawLines, type Series } from '../../charts/lines.ts';
import { formatCount, formatTime } from '../../charts/markup.ts';
import { exactScale, linearScale, logScale } from '../../charts/scale.ts';
import { findPercentile } from '../../stats/distribution.ts';
import type { TimelinePoint } from '../../stats/timeline.ts';
import type { GroupName } from './distributions.ts';
import type { RunSummary } from './summary.ts';

const seconds = (value: number): string => `${Number(value.toPrecision(4))} s`;

/** p50, p99 and greatest, window by window. */
export function latencyOverTime({ timeline: { points, windowMs } }: RunSummary): string {
  const line = (name: string, colour: number, pick: (point: TimelinePoint) => number | null): Series => ({
    name,
    colour,
    points: points.map((point) => [point.atMs / 1000, pick(point)]),
    tell: (x, y) => `${name} at ${seconds(x)}: ${formatTime(y)}`,
  });
  const values = points.flatMap(({ p50Ms, maxMs }) => [p50Ms ?? [], maxMs ?? []].flat());
  if (values.length === 0) return '';
  const x = { scale: exactScale(endOf(points, windowMs), seconds), label: 'time' };
  const y = { scale: logScale(Math.min(...values), Math.max(...values), formatTime), label: 'response time' };
  const chart = drawLines(x, y, [
    line('p50', 1, (point) => point.p50Ms),
    line('p99', 2, (point) => point.p99Ms),
    line('greatest', 6, (point) => point.maxMs),
  ]);
  return renderSection(
    'Latency over time',
    `In windows of ${formatTime(windowMs)}, by when calls were due.`,
    chart,
  );
}

/** Replies, and failures where there are any. */
export function throughputOverTime({ timeline: { points, windowMs }, measuredMs }: RunSummary): string {
  // the last window may have hardly begun
  const whole = points.filter(({ atMs }) => measuredMs - atMs >= windowMs / 2);
  if (whole.length === 0) return '';
  const rate = (count: number, atMs: number): number =>
    (count * 1000) / Math.min(windowMs, measuredMs - atMs);
  const line = (name: string, colour: number, pick: (point: TimelinePoint) => number): Series => ({
    name,
    colour,
    points: whole.map((point) => [point.atMs / 1000, rate(pick(point), point.atMs)]),
    tell: (x, y) => `${formatCount(y)} ${name} per second at ${seconds(x)}`,
  });
  const replies = line('replies', 3, (point) => point.replies);
  const failures = points.some(({ failed }) => failed > 0)
    ? [line('failed calls', 2, (point) => point.failed)]
    : [];
  const most = Math.max(
    1,
    ...[replies, ...failures].flatMap(({ points: all }) => all.map(([, y]) => y ?? 0)),
  );
  const x = { scale: exactScale(endOf(points, windowMs), seconds), label: 'time' };
  const y = { scale: linearScale(most, formatCount), label: 'per second' };
  return renderSection(
    'Throughput',
    'Replies per second, by when they came.',
    drawLines(x, y, [replies, ...failures]),
  );
}

function endOf(points: readonly TimelinePoint[], windowMs: number): number {
  return (points.length * windowMs) / 1000;
}

/** The percentile curve; in an open loop with what a closed loop would have told. */
export function percentileCurve({ latency, fromSend, loop }: RunSummary): string {
  if (latency === null) return '';
  const own: NamedDistribution = {
    name: loop === 'open' ? 'from the intended send time' : 'from the send',
    colour: 1,
    distribution: latency,
  };
  const closed =
    loop === 'open' && fromSend !== null
      ? [{ name: 'from the actual send (closed loop)', colour: 6, distribution: fromSend }]
      : [];
  const note = 'Each nine more has as much room as the one before, as HdrHistogram draws it.';
  return renderSection('Percentiles', note, drawCurve([own, ...closed]));
}

const shown: readonly (readonly [GroupName, number])[] = [
  ['SetNum', 1],
  ['Fact', 5],
  ['Fact, hit', 3],
  ['Fact, miss', 2],
  ['Fact, error', 6],
  ['GetNum', 4],
  ['AddNum', 2],
  ['DeleteNum', 6],
];

/** One histogram for each RPC, and for hits, misses and errors of Fact, all over the same times. */
export function histograms({ groups }: RunSummary): string {
  const present = shown.flatMap(([name, colour]) => {
    const distribution = groups[name];
    return distribution === undefined ? [] : [{ name, colour, distribution }];
  });
  const span = spanOf(present.map(({ distribution }) => distribution));
  return present
    .map(({ name, colour, distribution }) => {
      const p99 = findPercentile(distribution, 0.99);
      const note = `${distribution.count} replies, p99 ${p99 === undefined ? 'n/a' : formatTime(p99.ms)}`;
      return renderSection(name, note, drawDurations(name, colour, distribution.ranges, span));
    })
    .join('\n');
}

/** Where the time went, on average: means add up, percentiles do not. */
export function timingSplit({ groups, sendLag, timing, loop }: RunSummary): string {
  const lagMs = loop === 'open' ? (sendLag?.meanMs ?? 0) : 0;
  const rows = (['SetNum', 'Fact'] as const).flatMap((rpc): readonly SplitRow[] => {
    const whole = groups[rpc]?.meanMs;
    if (whole === undefined) return [];
    const server = timingParts.flatMap((part, index) => {
      const ms = timing?.parts[rpc][part]?.meanMs;
      return ms === undefined ? [] : [{ name: `server: ${part}`, colour: index + 1, ms }];
    });
    const known = server.reduce((sum, { ms }) => sum + ms, lagMs);
    const lag = loop === 'open' ? [{ name: 'before the send', colour: 7, ms: lagMs }] : [];
    const rest = { name: restName(server.length > 0), colour: 6, ms: Math.max(0, whole - known) };
    return [{ name: rpc, parts: [...lag, ...server, rest] }];
  });
  if (rows.length === 0) return '';
  const note = `Means, for they add up.${timing === undefined ? ' With --timing, the server tells its parts.' : ''}`;
  return renderSection('Where the time went', note, drawSplit(rows));
}

function restName(isTold: boolean): string {
  return isTold ? 'network, and both event loops' : 'network and server';
}
