import { randomInt } from 'node:crypto';
import type { LoadCommand } from '../argv/load.ts';
import type { ExitCode } from '../exit-code.ts';
import { checkWritable, writeOutput } from '../output-file.ts';
import { openProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { renderReport } from './exercise-report.ts';
import { summariseRun } from './exercise-summary.ts';
import { assertReachable } from './reachable.ts';
import { judgeRun } from './report/exit-verdict.ts';
import { createProgressText } from './report/progress-text.ts';
import { createProgress, isStopped, type RunProgress, stopOnInterrupt } from './run/progress.ts';
import { type LoadPlan, type LoadResult, runThreads } from './run/threads.ts';
import { judgeVerification, renderVerification } from './verify/report.ts';
import { beginVerification } from './verify/verification.ts';

/** Fresh seeds are short enough to be typed again. */
const freshSeedEnd = 2 ** 32;

/**
 * The exercise's run: sends the load, writes the report to stdout and, if asked, the same figures as JSON.
 *
 * @throws NumStoreClientError UNREACHABLE when there is no server
 * @throws UsageError when the JSON file cannot be written, found out before the run as far as possible
 */
export async function runLoad(command: LoadCommand, { stdout, stderr }: Terminal): Promise<ExitCode> {
  const { host, port, security, threads, requests, keys } = command;
  const seed = command.seed ?? randomInt(freshSeedEnd);
  const json = command.json === undefined ? undefined : { flag: '--json', path: command.json };
  if (json !== undefined) await checkWritable(json);
  await assertReachable(command);
  const progress = createProgress();
  using _interrupt = stopOnInterrupt(progress);
  const verification = command.verify ? await beginVerification({ ...command, seed }) : undefined;
  verification?.refuseAbove(threads * requests);
  const plan: LoadPlan = {
    host,
    port,
    security,
    threads,
    requests,
    keys,
    seed,
    isTimed: command.timing,
    witness: verification?.witness,
  };
  const result = await sendLoad(plan, progress, { stdout, stderr });
  const summary = summariseRun(plan, result, isStopped(progress));
  stdout.write(renderReport(summary));
  const verified = await verification?.finish(result);
  if (verified !== undefined) stdout.write(renderVerification(verified));
  const figures = verified === undefined ? summary : { ...summary, verification: verified };
  if (json !== undefined) await writeOutput(json, `${JSON.stringify(figures, null, 2)}\n`);
  const code = judgeRun(summary, stderr);
  return verified === undefined ? code : judgeVerification(verified, code, stderr);
}

async function sendLoad(plan: LoadPlan, progress: RunProgress, { stderr }: Terminal): Promise<LoadResult> {
  const length = { ...plan, durationMs: null, warmupMs: 0 };
  using _line = openProgress(
    stderr,
    createProgressText(length, progress, () => performance.now()),
  );
  return await runThreads(plan, { progress });
}
