import { drawCurve } from '../html/curve.ts';
import { renderDocument, renderFacts, renderSection, renderTable } from '../html/document.ts';
import { escapeHtml } from '../html/markup.ts';
import type { Comparison } from './difference.ts';
import { changeOf, format, method, remarksOn, signed, verdictOf } from './report.ts';
import type { ComparedRun } from './run-file.ts';

/** The comparison as one page that needs nothing else. */
export function renderComparisonPage(a: ComparedRun, b: ComparedRun, comparison: Comparison): string {
  const rows = comparison.differences.map((difference) => {
    const { name, unit, interval } = difference;
    const sure = interval === null ? 'n/a' : interval.map((end) => signed(end, unit)).join(' to ');
    const figures = [format(difference.a, unit), format(difference.b, unit)];
    return [name, ...figures, changeOf(difference), sure, verdictOf(difference)];
  });
  const head = ['', 'A', 'B', 'B - A', '95 % interval', ''];
  const curves = drawCurve([
    { name: `A: ${a.file}`, colour: 1, distribution: a },
    { name: `B: ${b.file}`, colour: 2, distribution: b },
  ]);
  const longer = `A reply of B took longer than one of A in ${(comparison.longerShare * 100).toFixed(1)} % of all pairs.`;
  const body = [
    '<h1>NumStore load tests compared</h1>',
    ...remarksOn(a, b).map((remark) => `<p class="warn">${escapeHtml(remark)}</p>`),
    renderSection('Differences', [longer, ...method(comparison.windows)].join(' '), renderTable(head, rows)),
    `<div class="charts" style="margin-top:12px">${renderSection('Percentiles', 'Each nine more has as much room as the one before.', curves)}`,
    renderSection('Runs', '', renderFacts([...factsOf('A', a), ...factsOf('B', b)])),
    '</div>',
  ];
  return renderDocument('NumStore load tests compared', body.join('\n'));
}

function factsOf(name: string, run: ComparedRun): readonly (readonly [string, string])[] {
  return [
    [name, run.file],
    [`${name} began`, run.startedAt],
    [`${name} settings`, JSON.stringify(run.settings)],
    [`${name} environment`, JSON.stringify(run.environment)],
  ];
}
