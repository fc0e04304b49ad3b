import { randomInt } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { serverAddresses } from '../address.ts';
import type { ExitCode } from '../exit-code.ts';
import { checkWritable, type OutputFile, writeOutput } from '../output-file.ts';
import { openProgress } from '../progress.ts';
import { exactSamplesMax } from '../stats/distribution.ts';
import type { Terminal } from '../terminal.ts';
import type { GenerateCommand } from './flags.ts';
import { assertReachable } from './reachable.ts';
import { renderCsv } from './report/csv.ts';
import { readEnvironment } from './report/environment.ts';
import { judgeRun } from './report/exit-verdict.ts';
import { renderPage } from './report/page.ts';
import { createProgressText } from './report/progress-text.ts';
import { summariseGenerator } from './report/summary.ts';
import { renderGeneratorReport } from './report/text.ts';
import type { GeneratorPlan } from './run/plan.ts';
import { createProgress, isStopped, type RunProgress, stopOnInterrupt } from './run/progress.ts';
import type { Recording } from './run/recorder.ts';
import { type GeneratorHooks, runGenerator } from './run/run.ts';
import { judgeVerification, renderVerification } from './verify/report.ts';
import { beginVerification, type Verification } from './verify/verification.ts';

/** Fresh seeds are short enough to be typed again. */
const freshSeedEnd = 2 ** 32;
/** Raw samples for `--csv`, of all threads: 33 bytes each. */
const csvSamplesMax = 5_000_000;

/**
 * The load tester: sends the load, writes the report to stdout and, if asked, figures, samples and a page.
 *
 * @throws NumStoreClientError UNREACHABLE when there is no server
 * @throws UsageError when a file cannot be written, found out before the run as far as possible
 */
export async function runGenerate(command: GenerateCommand, terminal: Terminal): Promise<ExitCode> {
  const { json, csv, html } = command;
  const files = [asFile('--json', json), asFile('--csv', csv), asFile('--html', html)];
  for (const file of files) if (file !== undefined) await checkWritable(file);
  const asked = planOf(command);
  await assertReachable(command);
  const progress = createProgress();
  using _interrupt = stopOnInterrupt(progress);
  const verification = command.verify ? await beginVerification({ ...command, seed: asked.seed }) : undefined;
  const plan = verification === undefined ? asked : limitCalls(asked, verification);
  const startedAt = new Date();
  const results = await sendLoad(plan, progress, terminal, {
    security: command.security,
    witness: verification?.witness,
  });
  const summary = summariseGenerator(asked, results, {
    startedAt,
    environment: readEnvironment(),
    keepsAll: csv !== undefined,
    isInterrupted: isStopped(progress),
  });
  terminal.stdout.write(renderGeneratorReport(summary));
  const verified = await verification?.finish(results);
  if (verified !== undefined) terminal.stdout.write(renderVerification(verified));
  const [jsonFile, csvFile, htmlFile] = files;
  const figures = verified === undefined ? summary : { ...summary, verification: verified };
  if (jsonFile !== undefined) await writeOutput(jsonFile, `${JSON.stringify(figures, null, 1)}\n`);
  if (csvFile !== undefined) await writeCsv(csvFile, results.tallies, terminal);
  if (htmlFile !== undefined) await writeOutput(htmlFile, renderPage(summary, verified));
  if (!summary.reliability.isReliable) {
    terminal.stderr.write('numstore client: the run is unreliable, see the report\n');
  }
  const code = judgeRun({ ...summary, failed: summary.failed + summary.warmup.failed }, terminal.stderr);
  return verified === undefined ? code : judgeVerification(verified, code, terminal.stderr);
}

function asFile(flag: string, path: string | undefined): OutputFile | undefined {
  return path === undefined ? undefined : { flag, path };
}

function planOf(command: GenerateCommand): GeneratorPlan {
  const { host, port, csv, seed } = command;
  const { json: _json, html: _html, kind: _kind, verify: _verify, isFresh: _isFresh, ...rest } = command;
  const { host: _host, port: _port, security: _security, csv: _csv, ...plan } = rest;
  const kept = csv === undefined ? exactSamplesMax : Math.ceil(csvSamplesMax / plan.threads);
  return {
    ...plan,
    servers: serverAddresses(host, port),
    seed: seed ?? randomInt(freshSeedEnd),
    rawSamplesMax: kept,
  };
}

/** A run that is recorded ends at the latest when no more can be. */
function limitCalls(plan: GeneratorPlan, verification: Verification): GeneratorPlan {
  if (plan.requests !== null) {
    verification.refuseAbove(plan.threads * plan.requests);
    return plan;
  }
  return { ...plan, requests: Math.floor(verification.callsMax / plan.threads) };
}

async function sendLoad(
  plan: GeneratorPlan,
  progress: RunProgress,
  { stderr }: Terminal,
  hooks: GeneratorHooks,
) {
  using _line = openProgress(
    stderr,
    createProgressText(plan, progress, () => performance.now()),
  );
  return await runGenerator(plan, { ...hooks, progress });
}

async function writeCsv(
  file: OutputFile,
  recordings: readonly Recording[],
  { stderr }: Terminal,
): Promise<void> {
  await writeOutput(file, '');
  await pipeline(Readable.from(renderCsv(recordings)), createWriteStream(file.path));
  const dropped = recordings.reduce((sum, { samples }) => sum + samples.dropped, 0);
  if (dropped > 0) stderr.write(`numstore client: ${file.flag}: ${dropped} samples more than were kept\n`);
}
