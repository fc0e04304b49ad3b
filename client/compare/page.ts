import { drawCurve } from '../charts/curve.ts';
import { renderDocument, renderSection, renderSectionBelow, renderTable } from '../charts/document.ts';
import { escapeHtml } from '../charts/markup.ts';
import { printable, writeJson } from '../cli/printable.ts';
import type { Comparison } from './difference.ts';
import { changeOf, entriesOf, format, method, remarksOn, signed, verdictOf } from './report.ts';
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
    renderRemarks(remarksOn(a, b)),
    renderSection('Differences', [longer, ...method(comparison.windows)].join(' '), renderTable(head, rows)),
    `<div class="charts apart narrow">${renderSection('Percentiles', 'Each nine more has as much room as the one before.', curves)}</div>`,
    renderSectionBelow('Runs', '', renderTable(['', 'A', 'B'], rowsOf(a, b), 'prose')),
  ];
  return renderDocument('NumStore load tests compared', body.join('\n'));
}

function renderRemarks(remarks: readonly string[]): string {
  return remarks.length === 0 ? '' : `<p class="warn">${escapeHtml(`Mind: ${remarks.join('; ')}.`)}</p>`;
}

/** What was asked and where, side by side. */
function rowsOf(a: ComparedRun, b: ComparedRun): readonly (readonly string[])[] {
  return [
    ['file', printable(a.file), printable(b.file)],
    ['began', printable(a.startedAt), printable(b.startedAt)],
    ...pairUp(a.settings, b.settings),
    ...pairUp(a.environment, b.environment),
  ];
}

function pairUp(a: unknown, b: unknown): readonly (readonly string[])[] {
  const [ofA, ofB] = [entriesOf(a), entriesOf(b)];
  const tell = (value: unknown): string =>
    typeof value === 'string' ? printable(value) : value === undefined ? '' : writeJson(value);
  return [...new Set([...ofA.keys(), ...ofB.keys()])].map((name) => [
    printable(name),
    tell(ofA.get(name)),
    tell(ofB.get(name)),
  ]);
}
