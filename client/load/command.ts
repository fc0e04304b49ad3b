import { randomInt } from 'node:crypto';
import { serverAddresses } from '../api/address.ts';
import { describeHint } from '../cli/error-text.ts';
import { type ExitCode, exitCode } from '../cli/exit.ts';
import { onInterrupt } from '../cli/interrupt.ts';
import { checkWritable, type OutputFile, writeOutput } from '../cli/output-file.ts';
import { writeJson } from '../cli/printable.ts';
import { openProgress } from '../cli/progress.ts';
import type { Output, Terminal } from '../cli/terminal.ts';
import { exactSamplesMax } from '../stats/distribution.ts';
import type { LoadCommand } from './flags.ts';
import { renderCsv } from './report/csv.ts';
import { readEnvironment } from './report/environment.ts';
import { type RunSummary, summariseRun, type VerificationSummary } from './report/summary.ts';
import { renderReport } from './report/text.ts';
import type { LoadPlan } from './run/plan.ts';
import { createProgress, createProgressText, isStopped, type RunProgress, stopRun } from './run/progress.ts';
import type { Recording } from './run/recorder.ts';
import { type RunHooks, runLoad } from './run/run.ts';
import { judgeVerification, renderVerification } from './verify/report.ts';
import type { Verification } from './verify/verification.ts';

/** Fresh seeds are short enough to be typed again. */
const freshSeedEnd = 2 ** 32;
/** Raw samples for `--csv`, of all threads: 33 bytes each. */
const csvSamplesMax = 5_000_000;

/**
 * Sends the load, writes the report to stdout and, if asked, figures, samples and a page.
 *
 * @throws NumStoreClientError UNREACHABLE when there is no server
 * @throws UsageError when a file cannot be written, found out before the run as far as possible
 * @throws OutputError when that is found out after it
 */
export async function runLoadCommand(command: LoadCommand, terminal: Terminal): Promise<ExitCode> {
  const { host, port, isExercise, security, json, csv, html } = command;
  const files = [asFile('--json', json), asFile('--csv', csv), asFile('--html', html)];
  for (const file of files) if (file !== undefined) await checkWritable(file);
  const asked = planOf(command);
  if (security.tls !== undefined) await assertReachable(command);
  const progress = createProgress();
  using _interrupt = onInterrupt(() => stopRun(progress));
  const verification = await prepareVerification(command, asked.seed);
  const plan = verification === undefined ? asked : limitCalls(asked, verification);
  const startedAt = new Date();
  const historyPlan = verification?.historyPlan;
  const results = await sendLoad(plan, progress, terminal, { security, historyPlan });
  const summary = summariseRun(asked, results, {
    isExercise,
    host,
    port,
    startedAt,
    environment: readEnvironment(),
    keepsAll: isExercise || csv !== undefined,
    isInterrupted: isStopped(progress),
  });
  terminal.stdout.write(renderReport(summary));
  const verified = await verification?.finish(results);
  if (verified !== undefined) terminal.stdout.write(renderVerification(verified));
  const [jsonFile, csvFile, htmlFile] = files;
  const figures = verified === undefined ? summary : { ...summary, verification: verified };
  if (jsonFile !== undefined) await writeOutput(jsonFile, `${writeJson(figures, 1)}\n`);
  if (csvFile !== undefined) await writeCsv(csvFile, results.tallies, terminal);
  if (htmlFile !== undefined) await writePage(htmlFile, summary, verified);
  if (!summary.reliability.isReliable) {
    terminal.stderr.write('numstore client: the run is unreliable, see the report\n');
  }
  const code = judgeRun(summary, terminal.stderr);
  return verified === undefined ? code : judgeVerification(verified, code, terminal.stderr);
}

/**
 * Waits for the server in the words of every command that speaks TLS: what keeps a handshake from succeeding
 * is known to that client alone.
 *
 * @throws NumStoreClientError UNREACHABLE
 */
async function assertReachable({ host, port, security }: LoadCommand): Promise<void> {
  const { openClient } = await import('../api/client.ts');
  const client = await openClient({ host, port, ...security });
  await client.close();
}

/** Only a run that is verified loads the client and the checks that it takes. */
async function prepareVerification(command: LoadCommand, seed: number): Promise<Verification | undefined> {
  if (!command.verify) return undefined;
  const { beginVerification } = await import('./verify/verification.ts');
  return await beginVerification({ ...command, seed });
}

async function writePage(
  file: OutputFile,
  summary: RunSummary,
  verified: VerificationSummary | undefined,
): Promise<void> {
  const { renderPage } = await import('./report/page.ts');
  await writeOutput(file, renderPage(summary, verified));
}

function asFile(flag: string, path: string | undefined): OutputFile | undefined {
  return path === undefined ? undefined : { flag, path };
}

function planOf(command: LoadCommand): LoadPlan {
  const { host, port, seed } = command;
  const {
    kind: _kind,
    isExercise,
    verify: _verify,
    isFresh: _isFresh,
    json: _json,
    html: _html,
    ...rest
  } = command;
  const { host: _host, port: _port, security: _security, csv, ...plan } = rest;
  return {
    ...plan,
    servers: serverAddresses(host, port),
    seed: seed ?? randomInt(freshSeedEnd),
    rawSamplesMax: isExercise ? (plan.requests ?? 0) : samplesMax(csv !== undefined, plan.threads),
  };
}

/** The raw samples that each thread keeps. */
function samplesMax(isCsv: boolean, threads: number): number {
  return isCsv ? Math.ceil(csvSamplesMax / threads) : exactSamplesMax;
}

/** A run that is recorded ends at the latest when no more can be. */
function limitCalls(plan: LoadPlan, verification: Verification): LoadPlan {
  if (plan.requests !== null) {
    verification.refuseAbove(plan.threads * plan.requests);
    return plan;
  }
  return { ...plan, requests: Math.floor(verification.callsMax / plan.threads) };
}

async function sendLoad(plan: LoadPlan, progress: RunProgress, { stderr }: Terminal, hooks: RunHooks) {
  using _line = openProgress(
    stderr,
    createProgressText(plan, progress, () => performance.now()),
  );
  return await runLoad(plan, { ...hooks, progress });
}

async function writeCsv(
  file: OutputFile,
  recordings: readonly Recording[],
  { stderr }: Terminal,
): Promise<void> {
  await writeOutput(file, renderCsv(recordings));
  const dropped = recordings.reduce((sum, { samples }) => sum + samples.dropped, 0);
  if (dropped > 0) stderr.write(`numstore client: ${file.flag}: ${dropped} samples more than were kept\n`);
}

/** Says on stderr what makes the command fail, a failed call of the warm-up included. */
function judgeRun(
  { warmup, failures, wrong, isInterrupted, ...measured }: RunSummary,
  stderr: Output,
): ExitCode {
  const failed = measured.failed + warmup.failed;
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
