import { formatAddress, serverAddresses } from '../../api/address.ts';
import { type TimingPart, timingParts } from '../../api/trailers.ts';
import { formatMs, printable, writeJson } from '../../cli/printable.ts';
import type { Bucket } from '../../stats/buckets.ts';
import { type Distribution, findPercentile } from '../../stats/distribution.ts';
import type { ClientName } from '../run/plan.ts';
import type { TimingSummary } from '../run/timing-recording.ts';
import { groupNames } from './distributions.ts';
import type { RunSummary } from './summary.ts';

/** More kinds of failures than this are counted in one last line. */
const failureLinesMax = 10;

/** The report of a run as text, the three figures of the exercise first. */
export function renderReport(summary: RunSummary): string {
  const sections = summary.isExercise
    ? [
        renderExerciseHeadline(summary),
        renderExerciseCounts(summary),
        renderRpcs(summary),
        renderTiming(summary),
        renderFailures(summary),
        renderHistogram(summary),
      ]
    : [
        renderHeadline(summary),
        renderCounts(summary),
        renderGroups(summary),
        renderTiming(summary),
        renderFailures(summary),
      ];
  const filled = sections.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

const clientTexts: Readonly<Record<ClientName, string>> = {
  light: 'light connections (--client grpc-js: a client library)',
  'grpc-js': 'the typed client on grpc-js',
};

function renderHitRate({ hitRate, hits, found }: RunSummary): string {
  return `Cache hit rate:     ${formatRate(hitRate)}, hits / Facts that found their key = ${hits} / ${found}`;
}

function formatRate(rate: number | null): string {
  return rate === null ? 'n/a' : `${rate.toFixed(3)} (${(rate * 100).toFixed(1)} %)`;
}

function renderExerciseHeadline(summary: RunSummary): readonly string[] {
  const { hits, found, missing, hitRateOfAllFacts, latency, replies, client } = summary;
  return [
    renderHitRate(summary),
    `p50 response time:  ${formatMs(latency?.p50Ms)}, half of all ${replies} replies took at most this long`,
    `p99 response time:  ${formatMs(latency?.p99Ms)}, 99 % of all ${replies} replies took at most this long`,
    '',
    `Hits / all Facts answered: ${formatRate(hitRateOfAllFacts)} = ${hits} / ${found + missing}`,
    'Response time: from just before the call to the decoded reply; the connection was up before.',
    ...(client === 'light'
      ? ['Before the start each thread ran its own loop against itself, not against the server.']
      : []),
  ];
}

function renderHeadline(summary: RunSummary): readonly string[] {
  const { latency, fromSend, sendLag, ownLag, reliability, loop } = summary;
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
    renderHitRate(summary),
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
  return `p50 ${formatMs(distribution?.p50Ms)}, p99 ${formatMs(distribution?.p99Ms)}, greatest ${formatMs(distribution?.maxMs)}`;
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

function renderExerciseCounts(summary: RunSummary): readonly string[] {
  const { threads, requests, keys, seed, client, replies, measuredMs } = summary;
  return [
    describeServers(summary),
    `Client:         ${clientTexts[client]}`,
    `Requests:       ${summary.calls} (${threads} threads, ${requests} each, one at a time), ${keys} keys, seed ${seed}${summary.isInterrupted ? ', interrupted' : ''}`,
    `Replies:        ${replies} in ${(measuredMs / 1000).toFixed(3)} s, ${formatRepliesPerSecond(summary)} per second`,
    `Missing keys:   ${summary.missing} Facts`,
    `Errors:         ${summary.failed} failed RPCs`,
    `Wrong answers:  ${summary.wrong}`,
  ];
}

function describeServers({ host, port }: RunSummary): string {
  const servers = serverAddresses(host, port);
  const [first, ...others] = servers;
  return first?.isEach === false && others.length === 0
    ? `Server:         ${host} port ${port}`
    : `Servers:        ${servers.map(formatAddress).join(', ')}`;
}

function formatRepliesPerSecond({ repliesPerSecond }: RunSummary): string {
  return repliesPerSecond?.toFixed(0) ?? 'n/a';
}

function renderCounts(summary: RunSummary): readonly string[] {
  const { calls, replies, failed, warmup, measuredMs, refused, wrong, settings, isInterrupted } = summary;
  const told = Object.entries(settings).map(([name, value]) => `${name} ${writeJson(value)}`);
  return [
    `Calls:          ${calls} measured in ${(measuredMs / 1000).toFixed(3)} s${isInterrupted ? ', then interrupted' : ''}`,
    `Throughput:     ${formatRepliesPerSecond(summary)} replies per second, ${replies} replies`,
    `Errors:         ${failed} failed calls`,
    `Facts refused:  ${refused} (no such key, or no factorial that fits)`,
    `Wrong answers:  ${wrong}`,
    `Warm-up:        ${warmup.replies} replies, ${warmup.failed} failed calls, not in the figures`,
    `Settings:       ${told.join(', ')}`,
  ];
}

function renderRpcs({ rpcs }: RunSummary): readonly string[] {
  const rows = (['SetNum', 'Fact'] as const).map((name) => {
    const { sent, replies, failed, responseTime } = rpcs[name];
    const times = [formatMs(responseTime?.p50Ms), formatMs(responseTime?.p99Ms)];
    return [name, `${sent}`, `${replies}`, `${failed}`, ...times];
  });
  return [['RPC', 'sent', 'replies', 'failed', 'p50', 'p99'], ...rows].map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(6) : cell.padStart(column > 3 ? 12 : 9))).join(''),
  );
}

function renderGroups({ groups, fromSend, latency, loop }: RunSummary): readonly string[] {
  if (latency === null) return [];
  const rows = groupNames.flatMap((name) => {
    const distribution = groups[name];
    return distribution === undefined ? [] : [row(name, distribution)];
  });
  const closed = fromSend === null || loop === 'closed' ? [] : [row('all, from send', fromSend)];
  const head = ['Replies', 'samples', 'p50', 'p90', 'p99', 'p99.9', 'greatest'];
  return [head, ...rows, row('all', latency), ...closed].map(align(15));
}

function row(name: string, distribution: Distribution): readonly string[] {
  const at = (p: number): string => formatMs(findPercentile(distribution, p)?.ms);
  return [name, `${distribution.count}`, at(0.5), at(0.9), at(0.99), at(0.999), formatMs(distribution.maxMs)];
}

function align(firstWidth: number): (cells: readonly string[]) => string {
  return (cells) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(firstWidth) : cell.padStart(13))).join('');
}

/** The lines that `--timing` adds: the server's parts, and the client's total next to them. */
function renderTiming({ timing, rpcs }: RunSummary): readonly string[] {
  if (timing === undefined) return [];
  const { parts, timed } = timing;
  const figures = (of: Distribution | null): readonly string[] => [formatMs(of?.p50Ms), formatMs(of?.p99Ms)];
  const part = (name: TimingPart) => [name, ...figures(parts.SetNum[name]), ...figures(parts.Fact[name])];
  const total = ['total', ...figures(rpcs.SetNum.responseTime), ...figures(rpcs.Fact.responseTime)];
  const table = [['', 'SetNum p50', 'SetNum p99', 'Fact p50', 'Fact p99'], ...timingParts.map(part), total];
  return [
    "Where the time went: the server's parts of a reply (within 0.1 %), and the total that the client measured",
    ...table.map(align(9)),
    `Told by ${timed.SetNum} of ${rpcs.SetNum.replies} SetNum, ${timed.Fact} of ${rpcs.Fact.replies} Fact replies; ${formatCache(timing)}`,
  ];
}

function formatCache({ cache: { hit, miss, joined } }: TimingSummary): string {
  return hit + miss + joined === 0 ? 'cache n/a' : `cache ${hit} hit, ${miss} miss, ${joined} joined`;
}

function renderFailures(summary: RunSummary): readonly string[] {
  const { isExercise, requests, failures, lostThreads, failureTime, wrongExamples } = summary;
  const kinds = failures.map(
    ({ rpc, code, message, count, isWarmup }) =>
      `  ${count} x ${rpc} ${code}: ${printable(message)}${isWarmup ? ' (warm-up)' : ''}`,
  );
  const rest = kinds.length - failureLinesMax;
  const lost = requests === null ? '' : `${requests} x `;
  return [
    ...(kinds.length + lostThreads.length > 0 ? [isExercise ? 'Failed RPCs' : 'Failed calls'] : []),
    ...kinds.slice(0, failureLinesMax),
    ...(rest > 0 ? [`  and ${rest} more kinds`] : []),
    ...lostThreads.map(({ thread, message }) => `  ${lost}thread ${thread} died: ${printable(message)}`),
    // a failure has no reply; a fast failure must not look like a fast server
    ...(failureTime === null ? [] : [`  time until they failed: ${lag(failureTime)}`]),
    ...(wrongExamples.length > 0 ? ['Wrong answers, the first of them'] : []),
    ...wrongExamples.map((example) => `  ${example}`),
  ];
}

function renderHistogram({ histogram }: RunSummary): readonly string[] {
  if (histogram.length === 0) return [];
  return ['Response times of all replies: how many in each range', ...drawHistogram(histogram)];
}

/**
 * One line per bucket: its range, a bar, and its count. The longest bar is `widthMax` characters, and a bucket that
 * has a sample has at least one.
 */
export function drawHistogram(buckets: readonly Bucket[], widthMax = 40): readonly string[] {
  const labels = buckets.map(formatRange);
  const labelWidth = Math.max(0, ...labels.map((label) => label.length));
  const countMax = Math.max(0, ...buckets.map((bucket) => bucket.count));
  return buckets.map(({ count }, index) => {
    const bar = '#'.repeat(Math.ceil((count / countMax) * widthMax));
    return `${(labels[index] ?? '').padStart(labelWidth)} |${bar}${bar === '' ? '' : ' '}${count}`;
  });
}

function formatRange({ fromMs, toMs }: Bucket): string {
  return toMs === Number.POSITIVE_INFINITY ? `${fromMs} ms or more` : `${fromMs} - ${toMs} ms`;
}
