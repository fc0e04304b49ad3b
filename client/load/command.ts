import { randomInt } from 'node:crypto';
import type { LoadCommand } from '../argv/load.ts';
import { openClient } from '../client.ts';
import { type ExitCode, exitCode } from '../exit-code.ts';
import { checkWritable, writeOutput } from '../output-file.ts';
import { openProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { createProgress, type LoadPlan, type LoadResult, runThreads } from './coordinator.ts';
import { renderReport } from './report.ts';
import { type RunSummary, summariseRun } from './summary.ts';

/** Fresh seeds are short enough to be typed again. */
const freshSeedEnd = 2 ** 32;

/**
 * The exercise's run: sends the load, writes the report to stdout and, if asked, the same figures as JSON.
 *
 * @throws NumStoreClientError UNREACHABLE when there is no server
 * @throws UsageError when the JSON file cannot be written, found out before the run as far as possible
 */
export async function runLoad(command: LoadCommand, { stdout, stderr }: Terminal): Promise<ExitCode> {
  const { host, port, threads, requests, keys } = command;
  const json = command.json === undefined ? undefined : { flag: '--json', path: command.json };
  const plan: LoadPlan = {
    host,
    port,
    threads,
    requests,
    keys,
    seed: command.seed ?? randomInt(freshSeedEnd),
    isTimed: command.timing,
  };
  if (json !== undefined) await checkWritable(json);
  const summary = summariseRun(plan, await sendLoad(plan, { stdout, stderr }));
  stdout.write(renderReport(summary));
  if (json !== undefined) await writeOutput(json, `${JSON.stringify(summary, null, 2)}\n`);
  return judge(summary, { stdout, stderr });
}

async function sendLoad(plan: LoadPlan, { stderr }: Terminal): Promise<LoadResult> {
  const progress = createProgress();
  const all = plan.threads * plan.requests;
  const line = openProgress(stderr, () => describeProgress(Atomics.load(progress, 0), all));
  try {
    // first alone: to learn that nobody is there needs no threads
    const probe = await openClient(plan);
    await probe.close();
    return await runThreads(plan, { progress });
  } finally {
    line[Symbol.dispose]();
  }
}

function describeProgress(ended: number, all: number): string {
  return ended === 0 ? 'connecting' : `${ended} of ${all} requests (${Math.floor((100 * ended) / all)} %)`;
}

function judge({ failed, wrong }: RunSummary, { stderr }: Terminal): ExitCode {
  if (failed === 0 && wrong === 0) return exitCode.ok;
  stderr.write(`numstore client: ${failed} failed RPCs, ${wrong} wrong answers\n`);
  return exitCode.failed;
}
