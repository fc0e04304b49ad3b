import { formatHostPort } from '../../api/address.ts';
import { renderDocument } from '../../charts/document.ts';
import { escapeHtml } from '../../charts/markup.ts';
import { printable, writeJson } from '../../cli/printable.ts';
import { checks } from '../checks.ts';
import { count, describeReport, renderResult } from '../report.ts';
import type { Judged } from './judge.ts';

const heads = ['name', 'address', 'passed', 'failed', 'skipped', 'what is wrong'];

/** A row for each server: aligned for people, with tabs for programs. */
export function renderTargets(judged: readonly Judged[], isForPeople: boolean): string {
  const rows = [heads, ...judged.map(rowOf)];
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    isForPeople
      ? row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()
      : row.join('\t'),
  );
  return `${lines.join('\n')}\n`;
}

function rowOf({ target, results, trouble }: Judged): string[] {
  const { passed, failed, skipped } = count(results);
  const red = results.filter(({ verdict }) => verdict === 'FAIL').map(({ check }) => check.id);
  const wrong = [...red, ...(trouble === undefined ? [] : [trouble])].join(', ');
  const address = formatHostPort(target.server);
  return [target.name, address, `${passed}`, `${failed}`, `${skipped}`, wrong].map(printable);
}

/** The same with a column for each rule, for a spreadsheet. */
export function renderCsv(judged: readonly Judged[]): string {
  const rows = judged.map((each) => [
    ...rowOf(each),
    ...checks.map(({ id }) => each.results.find(({ check }) => check.id === id)?.verdict ?? ''),
  ]);
  const lines = [[...heads, ...checks.map(({ id }) => id)], ...rows].map((row) => row.map(quote).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

/** A spreadsheet takes a cell that begins with one of these for a formula. */
function quote(cell: string): string {
  const text = /^[=+\-@]/.test(cell) ? `'${cell}` : cell;
  return `"${text.replaceAll('"', '""')}"`;
}

/** An object for each server, in the form of `check --json`. */
export function renderTargetsJson(judged: readonly Judged[]): string {
  const reports = judged.map(({ target, results, trouble }) => ({
    name: target.name,
    trouble: trouble ?? null,
    ...describeReport({ address: formatHostPort(target.server), service: target.codec.description }, results),
  }));
  return `${writeJson(reports, 2)}\n`;
}

/** One page that needs nothing else: a row for each server, which opens to its report. */
export function renderTargetsPage(judged: readonly Judged[]): string {
  const rows = judged.map((each) => {
    const [name = '', address = '', passed = '', , , wrong = ''] = rowOf(each).map(escapeHtml);
    const score = `${passed} of ${checks.length} passed`;
    const text = [...each.results.map(renderResult), each.trouble ?? ''].join('');
    return `<details><summary><b>${name}</b> ${address}: ${score}${wrong === '' ? '' : `; ${wrong}`}</summary><pre>${escapeHtml(text)}</pre></details>`;
  });
  return renderDocument('NumStore check', `<h1>NumStore check</h1>\n${rows.join('\n')}`);
}
