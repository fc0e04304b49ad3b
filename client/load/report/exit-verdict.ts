import { describeHint } from '../../cli/error-text.ts';
import { type ExitCode, exitCode } from '../../cli/exit.ts';
import type { Output } from '../../cli/terminal.ts';

/** What a run has come to. */
export interface RunOutcome {
  /** failed calls, those of the warm-up included */
  readonly failed: number;
  readonly failures: readonly { readonly code: string }[];
  readonly wrong: number;
  /** whether it was ended before its time by SIGINT */
  readonly isInterrupted: boolean;
}

/** Says on stderr what makes the command fail. */
export function judgeRun({ failed, failures, wrong, isInterrupted }: RunOutcome, stderr: Output): ExitCode {
  const isWell = failed === 0 && wrong === 0;
  if (!isWell) {
    const hint = describeHint(failures.map(({ code }) => code));
    stderr.write(`numstore client: ${failed} failed RPCs, ${wrong} wrong answers${hint}\n`);
  }
  if (isInterrupted) {
    stderr.write('numstore client: interrupted; the report is of the calls until then\n');
    return exitCode.interrupted;
  }
  return isWell ? exitCode.ok : exitCode.failed;
}
