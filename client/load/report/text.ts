import { type Distribution, findPercentile } from '../../stats/distribution.ts';
import { timingParts } from '../../timing.ts';
import type { TimingSummary } from '../run/timing-recording.ts';
import { groupNames } from './distributions.ts';
import { formatMs } from './format.ts';
import type { GeneratorSummary } from './summary.ts';

/** More kinds of failures than this are counted in one last line. */
const failureLinesMax = 10;

/** The report of a run of the generator as text. */
export function renderGeneratorReport(summary: GeneratorSummary): string {
  const sections = [
    renderHeadline(summary),
    renderCounts(summary),
    renderGroups(summary),
    renderTiming(summary.timing),
    renderFailures(summary),
  ];
  const filled = sections.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function renderHeadline(summary: GeneratorSummary): readonly string[] {
  const { hitRate, hits, found, latency, fromSend, sendLag, ownLag, reliability, loop } = summary;
  const rate = hitRate === null ? 'n/a' : `${hitRate.toFixed(3)} (${(hitRate * 100).toFixed(1)} %)`;
  const marks = [
    ...(reliability.isReliable
      ? []
      : [
          'UNRELIABLE: calls did not go when they were meant to, so these figures tell of more than the server.',
        ]),
    ...reliability.remarks.map((remark) => `  ${remark}`),
  ];
  const open = [
    `closed-loop p50:    ${formatPercentile(fromSend, 0.5)}, from the actual send: what a closed loop would tell`,
    `closed-loop p99:    ${formatPercentile(fromSend, 0.99)}`,
    `Send lag:           ${lag(sendLag)} (actual - intended send time)`,
    `  generator's own:  ${lag(ownLag)}; the rest waited until one call more was allowed`,
  ];
  return [
    `Cache hit rate:     ${rate}, hits / Facts that found their key = ${hits} / ${found}`,
    `p50 response time:  ${formatPercentile(latency, 0.5)}`,
    `p99 response time:  ${formatPercentile(latency, 0.99)}`,
    `p99.9, greatest:    ${formatMs(findPercentile(latency, 0.999)?.ms)}, ${formatMs(latency?.maxMs)}`,
    ...(loop === 'open' ? open : []),
    ...marks,
    '',
    loop === 'open'
      ? 'Open loop: response time counts from the intended send time to the decoded reply.'
      : 'Closed loop: response time counts from the send to the decoded reply; a call is sent when one has ended.',
    latency === null || latency.isExact
      ? 'Percentiles are exact, from all samples; intervals are of 95 %, by order statistics.'
      : 'Percentiles come from histograms of all samples, added, within 0.1 %; intervals are of 95 %, by order statistics.',
  ];
}

function lag(distribution: Distribution | null): string {
  return `p50 ${formatMs(findPercentile(distribution, 0.5)?.ms)}, p99 ${formatMs(findPercentile(distribution, 0.99)?.ms)}, greatest ${formatMs(distribution?.maxMs)}`;
}

/** `0.312 ms, of 80000 replies`, and for p99 its interval. */
function formatPercentile(distribution: Distribution | null, p: number): string {
  const found = findPercentile(distribution, p);
  if (distribution === null || found === undefined) return 'n/a';
  const of = `of ${distribution.count} replies`;
  if (p !== 0.99) return `${formatMs(found.ms)}, ${of}`;
  const high = found.highMs === null ? 'unknown, too few replies' : formatMs(found.highMs);
  return `${formatMs(found.ms)} (95 % interval ${formatMs(found.lowMs)} to ${high}), ${of}`;
}

function renderCounts(summary: GeneratorSummary): readonly string[] {
  const { calls, replies, failed, warmup, measuredMs, refused, wrong, settings, isInterrupted } = summary;
  const rate = summary.repliesPerSecond?.toFixed(0) ?? 'n/a';
  const told = Object.entries(settings).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return [
    `Calls:          ${calls} measured in ${(measuredMs / 1000).toFixed(3)} s${isInterrupted ? ', then interrupted' : ''}`,
    `Throughput:     ${rate} replies per second, ${replies} replies`,
    `Errors:         ${failed} failed calls`,
    `Facts refused:  ${refused} (no such key, or no factorial that fits)`,
    `Wrong answers:  ${wrong}`,
    `Warm-up:        ${warmup.replies} replies, ${warmup.failed} failed calls, not in the figures`,
    `Settings:       ${told.join(', ')}`,
  ];
}

function renderGroups({ groups, fromSend, latency, loop }: GeneratorSummary): readonly string[] {
  if (latency === null) return [];
  const rows = groupNames.flatMap((name) => {
    const distribution = groups[name];
    return distribution === undefined ? [] : [row(name, distribution)];
  });
  const closed = fromSend === null || loop === 'closed' ? [] : [row('all, from send', fromSend)];
  const head = ['Replies', 'samples', 'p50', 'p90', 'p99', 'p99.9', 'greatest'];
  return [head, ...rows, row('all', latency), ...closed].map(align);
}

function row(name: string, distribution: Distribution): readonly string[] {
  const at = (p: number): string => formatMs(findPercentile(distribution, p)?.ms);
  return [name, `${distribution.count}`, at(0.5), at(0.9), at(0.99), at(0.999), formatMs(distribution.maxMs)];
}

function align(cells: readonly string[]): string {
  return cells.map((cell, column) => (column === 0 ? cell.padEnd(15) : cell.padStart(13))).join('');
}

function renderTiming(timing: TimingSummary | undefined): readonly string[] {
  if (timing === undefined) return [];
  const { parts, timed, cache } = timing;
  const figures = (distribution: Distribution | undefined): readonly string[] =>
    [0.5, 0.99].map((p) => formatMs(findPercentile(distribution ?? null, p)?.ms));
  return [
    "Where the server's time went (from histograms, within 0.1 %)",
    align(['', 'SetNum p50', 'SetNum p99', 'Fact p50', 'Fact p99']),
    ...timingParts.map((part) => align([part, ...figures(parts.SetNum[part]), ...figures(parts.Fact[part])])),
    `Told by ${timed.SetNum} SetNum and ${timed.Fact} Fact replies; cache ${cache.hit} hit, ${cache.miss} miss, ${cache.joined} joined`,
  ];
}

function renderFailures(summary: GeneratorSummary): readonly string[] {
  const { failures, lostThreads, failureTime, wrongExamples } = summary;
  const kinds = failures.map(
    ({ rpc, code, message, count, isWarmup }) =>
      `  ${count} x ${rpc} ${code}: ${message}${isWarmup ? ' (warm-up)' : ''}`,
  );
  const rest = kinds.length - failureLinesMax;
  return [
    ...(kinds.length + lostThreads.length > 0 ? ['Failed calls'] : []),
    ...kinds.slice(0, failureLinesMax),
    ...(rest > 0 ? [`  and ${rest} more kinds`] : []),
    ...lostThreads.map(({ thread, message }) => `  thread ${thread} died: ${message}`),
    ...(failureTime === null ? [] : [`  time until they failed: ${lag(failureTime)}`]),
    ...(wrongExamples.length > 0 ? ['Wrong answers, the first of them'] : []),
    ...wrongExamples.map((example) => `  ${example}`),
  ];
}
