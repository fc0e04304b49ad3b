import type { Latency } from '../stats/percentile.ts';
import { timingParts } from '../timing.ts';
import type { BreakdownSummary } from './breakdown.ts';
import type { RunSummary } from './exercise-summary.ts';
import { formatMs } from './report/format.ts';

/** The lines that `--timing` adds to the report: the server's parts, and the client's total next to them. */
export function renderBreakdown({ timing, rpcs }: RunSummary): readonly string[] {
  if (timing === undefined) return [];
  return [
    "Where the time went: the server's parts of a reply, and the total that the client measured",
    row('', ['SetNum p50', 'SetNum p99', 'Fact p50', 'Fact p99']),
    ...timingParts.map((part) =>
      row(part, [...figures(timing.parts.SetNum[part]), ...figures(timing.parts.Fact[part])]),
    ),
    row('total', [...figures(rpcs.SetNum.responseTime), ...figures(rpcs.Fact.responseTime)]),
    `Told by ${timing.timed.SetNum} of ${rpcs.SetNum.replies} SetNum, ${timing.timed.Fact} of ${rpcs.Fact.replies} Fact replies; ${formatCache(timing)}`,
  ];
}

function figures(latency: Latency | null): readonly [string, string] {
  return [formatMs(latency?.p50Ms), formatMs(latency?.p99Ms)];
}

function row(name: string, cells: readonly string[]): string {
  return `${name.padEnd(9)}${cells.map((cell) => cell.padStart(13)).join('')}`;
}

function formatCache({ cache: { hit, miss, joined } }: BreakdownSummary): string {
  const all = hit + miss + joined;
  return all === 0 ? 'cache n/a' : `cache ${hit} hit, ${miss} miss, ${joined} joined`;
}
