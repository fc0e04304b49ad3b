import { formatAddress, serverAddresses } from '../address.ts';
import type { Latency } from '../stats/percentile.ts';
import { renderBreakdown } from './breakdown-table.ts';
import type { RunSummary } from './exercise-summary.ts';
import { formatMs } from './report/format.ts';
import { drawHistogram } from './report/histogram.ts';
import type { RpcName } from './run/keys.ts';

/** More kinds of failures than this are counted in one last line. */
const failureLinesMax = 10;

/** The report of a run as text, the three figures of the exercise first. */
export function renderReport(summary: RunSummary): string {
  const sections = [
    renderHeadline(summary),
    renderCounts(summary),
    renderRpcs(summary),
    renderBreakdown(summary),
    renderFaults(summary),
    renderHistogram(summary),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function renderHeadline(summary: RunSummary): readonly string[] {
  const { hits, found, missing, hitRate, hitRateOfAllFacts, responseTime } = summary;
  return [
    `Cache hit rate:     ${formatRate(hitRate)}, hits / Facts that found their key = ${hits} / ${found}`,
    `p50 response time:  ${formatMs(responseTime?.p50Ms)}, half of all ${summary.replies} replies took at most this long`,
    `p99 response time:  ${formatMs(responseTime?.p99Ms)}, 99 % of all ${summary.replies} replies took at most this long`,
    '',
    `Hits / all Facts answered: ${formatRate(hitRateOfAllFacts)} = ${hits} / ${found + missing}`,
    'Response time: from just before the call to the decoded reply; the connection was up before.',
  ];
}

function renderCounts(summary: RunSummary): readonly string[] {
  const { threads, requests, keys, seed, host, port } = summary;
  const rate = summary.repliesPerSecond === null ? 'n/a' : summary.repliesPerSecond.toFixed(0);
  return [
    describeServers(host, port),
    `Requests:       ${summary.requestsSent} (${threads} threads, ${requests} each, one at a time), ${keys} keys, seed ${seed}${summary.isInterrupted ? ', interrupted' : ''}`,
    `Replies:        ${summary.replies} in ${(summary.durationMs / 1000).toFixed(3)} s, ${rate} per second`,
    `Missing keys:   ${summary.missing} Facts`,
    `Errors:         ${summary.failed} failed RPCs`,
    `Wrong answers:  ${summary.wrong}`,
  ];
}

function describeServers(host: string, port: number): string {
  const [first, ...others] = serverAddresses(host, port);
  if (first === undefined || first.isEach || others.length > 0) {
    return `Servers:        ${serverAddresses(host, port).map(formatAddress).join(', ')}`;
  }
  return `Server:         ${host} port ${port}`;
}

function renderRpcs({ rpcs }: RunSummary): readonly string[] {
  const names: readonly RpcName[] = ['SetNum', 'Fact'];
  const rows = names.map((name) => {
    const { sent, replies, failed, responseTime } = rpcs[name];
    return [
      name,
      `${sent}`,
      `${replies}`,
      `${failed}`,
      formatMs(responseTime?.p50Ms),
      formatMs(responseTime?.p99Ms),
    ];
  });
  return [['RPC', 'sent', 'replies', 'failed', 'p50', 'p99'], ...rows].map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(6) : cell.padStart(column > 3 ? 12 : 9))).join(''),
  );
}

function renderFaults(summary: RunSummary): readonly string[] {
  const failures = summary.failures.map(
    ({ rpc, code, message, count }) => `  ${count} x ${rpc} ${code}: ${message}`,
  );
  const lost = summary.lostThreads.map(
    ({ thread, message }) => `  ${summary.requests} x thread ${thread} died: ${message}`,
  );
  const rest = failures.length - failureLinesMax;
  return [
    ...(summary.failed > 0 ? ['Failed RPCs'] : []),
    ...failures.slice(0, failureLinesMax),
    ...(rest > 0 ? [`  and ${rest} more kinds`] : []),
    ...lost,
    ...formatFailureTime(summary.failureTime),
    ...(summary.wrong > 0 ? ['Wrong answers, the first of them'] : []),
    ...summary.wrongExamples.map((example) => `  ${example}`),
  ];
}

/** Failures have no reply, so they are not among the response times; a fast failure must not look like a fast server. */
function formatFailureTime(time: Latency | null): readonly string[] {
  if (time === null) return [];
  return [`  time until they failed: p50 ${formatMs(time.p50Ms)}, p99 ${formatMs(time.p99Ms)}`];
}

function renderHistogram({ histogram }: RunSummary): readonly string[] {
  if (histogram.length === 0) return [];
  return ['Response times of all replies: how many in each range', ...drawHistogram(histogram)];
}

function formatRate(rate: number | null): string {
  return rate === null ? 'n/a' : `${rate.toFixed(3)} (${(rate * 100).toFixed(1)} %)`;
}
