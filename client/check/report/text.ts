import type { Result } from '../check.ts';

const idWidth = 16;

/** One line for a result; a failure has four more, indented, that say all there is to say. */
export function renderResult({ verdict, check, sent, came, hint }: Result): string {
  const head = `${verdict}  ${check.id.padEnd(idWidth)}`;
  if (verdict !== 'FAIL') return `${head}${oneLine(came)}\n`;
  return [
    `${head}${oneLine(came)}`,
    `        sent      ${oneLine(sent)}`,
    `        came      ${oneLine(came)}`,
    `        exercise  ${check.requirement}`,
    `        hint      ${hint}`,
    '',
  ].join('\n');
}

/** The last line: how many passed. */
export function renderScore(results: readonly Result[]): string {
  const count = (verdict: Result['verdict']): number =>
    results.filter((result) => result.verdict === verdict).length;
  const skipped = count('SKIP') === 0 ? '' : `, ${count('SKIP')} skipped because of that`;
  return `\nScore: ${count('PASS')} of ${results.length} passed, ${count('FAIL')} failed${skipped}\n`;
}

/** What the server said must not move the cursor of the terminal. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
