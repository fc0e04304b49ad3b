import { type ExitCode, exitCode } from '../cli/exit.ts';
import { checkWritable, writeOutput } from '../cli/output-file.ts';
import { writeJson } from '../cli/printable.ts';
import type { Terminal } from '../cli/terminal.ts';
import { compareRuns } from './difference.ts';
import type { CompareCommand } from './flags.ts';
import { renderComparisonPage } from './page.ts';
import { renderComparison } from './report.ts';
import { readRun } from './run-file.ts';

/**
 * Compares two runs of the load tester: the difference to stdout and, if asked, as a page. That they differ is no
 * failure.
 *
 * @throws UsageError when a file cannot be read or written; OutputError when that is found out late
 */
export async function runCompare(
  { a, b, json, html }: CompareCommand,
  { stdout }: Terminal,
): Promise<ExitCode> {
  const page = html === undefined ? undefined : { flag: '--html', path: html };
  if (page !== undefined) await checkWritable(page);
  const [runA, runB] = await Promise.all([readRun(a), readRun(b)]);
  const comparison = compareRuns(runA, runB);
  stdout.write(json ? `${writeJson(comparison)}\n` : renderComparison(runA, runB, comparison));
  if (page !== undefined) await writeOutput(page, renderComparisonPage(runA, runB, comparison));
  return exitCode.ok;
}
