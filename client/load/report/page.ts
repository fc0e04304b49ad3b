import {
  renderDocument,
  renderFacts,
  renderSection,
  renderSectionBelow,
  renderTable,
  renderTile,
} from '../../charts/document.ts';
import { escapeHtml, formatCount, formatTime } from '../../charts/markup.ts';
import { printable, writeJson } from '../../cli/printable.ts';
import { type Distribution, findPercentile } from '../../stats/distribution.ts';
import { groupNames } from './distributions.ts';
import {
  histograms,
  latencyOverTime,
  percentileCurve,
  throughputOverTime,
  timingSplit,
} from './page-charts.ts';
import type { RunSummary, VerificationSummary } from './summary.ts';

/** The report of a run, and of its verification if there was one, as one page that needs nothing else. */
export function renderPage(summary: RunSummary, verified?: VerificationSummary): string {
  const { startedAt, loop, settings, isInterrupted } = summary;
  const servers = Array.isArray(settings['servers']) ? settings['servers'].join(', ') : '';
  const about = `${startedAt.slice(0, 19).replace('T', ' ')} UTC, ${loop} loop${isInterrupted ? ', interrupted' : ''}, ${servers}`;
  const charts = [
    latencyOverTime(summary),
    percentileCurve(summary),
    throughputOverTime(summary),
    timingSplit(summary),
    histograms(summary),
  ];
  const body = [
    `<h1>NumStore load test</h1><p class="faint">${escapeHtml(about)}</p>`,
    renderWarnings(summary),
    renderTiles(summary, verified),
    `<div class="charts">${charts.join('\n')}</div>`,
    renderVerdict(verified),
    renderFigures(summary),
    renderFailures(summary),
    `<div class="charts apart">${renderSection('Settings', '', renderFacts(factsOf(settings)))}${renderSection('Environment', 'The machine that sent the calls.', renderFacts(factsOf(summary.environment)))}</div>`,
  ];
  return renderDocument('NumStore load test', body.join('\n'));
}

function renderWarnings({ reliability: { isReliable, remarks } }: RunSummary): string {
  if (isReliable) return '';
  const said = `Unreliable, calls did not go when they were meant to: ${remarks.join('; ')}.`;
  return `<p class="warn">${escapeHtml(said)}</p>`;
}

function renderVerdict(verified: VerificationSummary | undefined): string {
  if (verified === undefined) return '';
  const note = 'Whether one order explains every answer of the run, and what was read afterwards.';
  return renderSectionBelow('Verification', note, `<pre>${escapeHtml(verified.lines.join('\n'))}</pre>`);
}

function renderTiles(summary: RunSummary, verified: VerificationSummary | undefined): string {
  const { latency, fromSend, replies, failed, wrong, hitRate, hits, found, loop } = summary;
  const closed =
    loop === 'open' ? [renderTile('closed-loop p99', told(fromSend, 0.99), 'from the actual send')] : [];
  const tiles = [
    renderTile('p50', told(latency, 0.5), `of ${formatCount(replies)} replies`),
    renderTile('p99', told(latency, 0.99), interval(latency)),
    ...closed,
    renderTile('throughput', `${formatCount(summary.repliesPerSecond ?? 0)}/s`, 'replies per second'),
    renderTile('errors', formatCount(failed), `failed calls; ${wrong} wrong answers`),
    renderTile(
      'hit rate',
      hitRate === null ? 'n/a' : `${(hitRate * 100).toFixed(1)} %`,
      `${hits} of ${found} Facts`,
    ),
    ...(verified === undefined
      ? []
      : [
          renderTile(
            'verified',
            verified.verdict,
            `${formatCount(verified.violations)} violations in ${formatCount(verified.operations)} operations`,
          ),
        ]),
  ];
  return `<div class="tiles">${tiles.join('')}</div>`;
}

function told(distribution: Distribution | null | undefined, p: number): string {
  const found = findPercentile(distribution ?? null, p);
  return found === undefined ? 'n/a' : formatTime(found.ms);
}

function interval(distribution: Distribution | null): string {
  const found = findPercentile(distribution, 0.99);
  if (found === undefined) return '';
  return `95 % interval ${formatTime(found.lowMs)} to ${found.highMs === null ? '?' : formatTime(found.highMs)}`;
}

function renderFigures({ groups, latency, sendLag, ownLag, loop }: RunSummary): string {
  const row = (
    name: string,
    distribution: Distribution | null | undefined,
  ): readonly (readonly string[])[] => {
    if (distribution === null || distribution === undefined) return [];
    const cells = [0.5, 0.9, 0.99, 0.999].map((p) => told(distribution, p));
    return [[name, `${distribution.count}`, ...cells, formatTime(distribution.maxMs)]];
  };
  const rows = [
    ...groupNames.flatMap((name) => row(name, groups[name])),
    ...row('all replies', latency),
    ...(loop === 'open' ? [...row('send lag', sendLag), ...row("send lag, generator's own", ownLag)] : []),
  ];
  const source = latency?.isExact === false ? 'From histograms, within 0.1 %.' : 'Exact, from all samples.';
  const table = renderTable(['', 'samples', 'p50', 'p90', 'p99', 'p99.9', 'greatest'], rows);
  return renderSectionBelow('Figures', source, table);
}

function renderFailures({ failures, wrongExamples, lostThreads }: RunSummary): string {
  const rows = [
    ...failures.map(({ rpc, code, message, count, isWarmup }) => [
      `${rpc} ${code}${isWarmup ? ' (warm-up)' : ''}`,
      printable(message),
      `${count}`,
    ]),
    ...lostThreads.map(({ thread, message }) => [`thread ${thread} died`, printable(message), '']),
    ...wrongExamples.map((example) => ['wrong answer', example, '']),
  ];
  if (rows.length === 0) return '';
  const table = renderTable(['kind', 'message', 'count'], rows, 'prose');
  return renderSectionBelow('Failures', '', table);
}

function factsOf(facts: object): readonly (readonly [string, string])[] {
  return Object.entries(facts).map(([name, value]) => {
    return [name, typeof value === 'string' ? printable(value) : writeJson(value)];
  });
}
