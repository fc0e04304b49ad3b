import { bestPeers, cpuOf, perSecondOf, type Row, ratio } from './compare.ts';
import type { Figure } from './figures.ts';
import { limitName } from './recipes.ts';

/** The results as Markdown. */

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

export function figuresTable(figures: readonly Figure[]): string {
  return table(
    ['figure', 'asked', 'reached'],
    figures.map(({ what, asked, reached }) => [what, asked, reached]),
  );
}

export function rowsTable(rows: readonly Row[]): string {
  const columns = [
    'case',
    'server',
    'requests/s (median)',
    'spread',
    "of the best peer's",
    "of nghttpd's",
    'server CPU per request, us',
    "of the best peer's",
  ];
  return table(
    columns,
    rows.map((row) =>
      cells(
        row,
        rows.filter((other) => other.case === row.case),
      ),
    ),
  );
}

function cells(row: Row, inCase: readonly Row[]): string[] {
  const { fastest, thriftiest } = bestPeers(inCase);
  const limit = inCase.find(({ server }) => server === limitName);
  const rates = row.samples.map(({ perSecond }) => perSecond / 1_000);
  return [
    row.case,
    row.server,
    String(Math.round(perSecondOf(row))),
    `${Math.round(Math.min(...rates))}-${Math.round(Math.max(...rates))} k`,
    times(ratio(row, fastest, 'perSecond')),
    times(ratio(row, limit, 'perSecond')),
    cpuOf(row).toFixed(1),
    times(ratio(row, thriftiest, 'cpu')),
  ];
}

function times(value: number): string {
  return Number.isNaN(value) ? '-' : value.toFixed(2);
}
