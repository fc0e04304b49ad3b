import { printable, writeJson } from '../cli/printable.ts';
import type { Result } from './check.ts';

const idWidth = 16;

/** One line for a result; a failure has four more, indented, that say all there is to say. */
export function renderResult({ verdict, check, sent, came, hint }: Result): string {
  const head = `${verdict}  ${check.id.padEnd(idWidth)}`;
  if (verdict !== 'FAIL') return `${head}${printable(came)}\n`;
  return [
    `${head}${printable(came)}`,
    `        sent      ${printable(sent)}`,
    `        came      ${printable(came)}`,
    `        exercise  ${check.requirement}`,
    `        hint      ${hint}`,
    '',
  ].join('\n');
}

/** The last line: how many passed. */
export function renderScore(results: readonly Result[]): string {
  const { passed, failed, skipped } = count(results);
  const rest = skipped === 0 ? '' : `, ${skipped} skipped`;
  return `\nScore: ${passed} of ${results.length} passed, ${failed} failed${rest}\n`;
}

export function count(results: readonly Result[]): { passed: number; failed: number; skipped: number } {
  const of = (verdict: Result['verdict']): number =>
    results.filter((result) => result.verdict === verdict).length;
  return { passed: of('PASS'), failed: of('FAIL'), skipped: of('SKIP') };
}

/** What the files say beside the results. */
export interface ReportHead {
  readonly address: string;
  /** the service and its messages */
  readonly service: string;
}

/** The results as JSON: `passed`, `failed`, `skipped`, and each check with its verdict. */
export function renderJson(head: ReportHead, results: readonly Result[]): string {
  return `${writeJson(describeReport(head, results), 2)}\n`;
}

/** What the JSON of one server says. */
export function describeReport({ address, service }: ReportHead, results: readonly Result[]): object {
  return {
    address,
    service,
    ...count(results),
    checks: results.map(({ check, verdict, sent, came, hint, ms }) => ({
      id: check.id,
      verdict,
      requirement: check.requirement,
      sent,
      came,
      ...(verdict === 'FAIL' ? { hint } : {}),
      ms: Math.round(ms),
    })),
  };
}

/** The results as JUnit's XML, which every CI shows. */
export function renderJunit({ address }: ReportHead, results: readonly Result[]): string {
  const seconds = (ms: number): string => (ms / 1000).toFixed(3);
  const { failed, skipped } = count(results);
  const time = seconds(results.reduce((sum, { ms }) => sum + ms, 0));
  const cases = results.map((result) => {
    const name = escapeXml(`${result.check.id}: ${result.check.requirement}`);
    return `  <testcase classname="numstore.check" name="${name}" time="${seconds(result.ms)}">${renderOutcome(result)}</testcase>`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="${escapeXml(`numstore check ${address}`)}" tests="${results.length}" failures="${failed}" skipped="${skipped}" time="${time}">`,
    ...cases,
    '</testsuite>',
    '',
  ].join('\n');
}

function renderOutcome({ verdict, sent, came, hint }: Result): string {
  if (verdict === 'PASS') return '';
  if (verdict === 'SKIP') return `<skipped message="${escapeXml(came)}"/>`;
  return `<failure message="${escapeXml(came)}">sent: ${escapeXml(sent)}&#10;hint: ${escapeXml(hint)}</failure>`;
}

/** Control characters other than line ends may not stand in XML at all. */
function escapeXml(text: string): string {
  return printable(text)
    .toWellFormed()
    .replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
