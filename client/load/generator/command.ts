import { randomInt } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { serverAddresses } from '../../address.ts';
import type { GenerateCommand } from '../../argv/generate.ts';
import { type ExitCode, exitCode } from '../../exit-code.ts';
import { renderPage } from '../../html/page.ts';
import { checkWritable, type OutputFile, writeOutput } from '../../output-file.ts';
import { openProgress } from '../../progress.ts';
import type { Terminal } from '../../terminal.ts';
import { exactSamplesMax } from '../figures/distribution.ts';
import { renderCsv } from './csv.ts';
import { readEnvironment } from './environment.ts';
import type { GeneratorPlan } from './plan.ts';
import { createProgressText } from './progress-text.ts';
import type { Recording } from './recorder.ts';
import { renderGeneratorReport } from './report.ts';
import { createGeneratorProgress, runGenerator } from './run.ts';
import { type GeneratorSummary, summariseGenerator } from './summary.ts';

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
  const plan = planOf(command);
  const startedAt = new Date();
  const results = await sendLoad(plan, terminal);
  const about = { startedAt, environment: readEnvironment(), keepsAll: csv !== undefined };
  const summary = summariseGenerator(plan, results, about);
  terminal.stdout.write(renderGeneratorReport(summary));
  const [jsonFile, csvFile, htmlFile] = files;
  if (jsonFile !== undefined) await writeOutput(jsonFile, `${JSON.stringify(summary, null, 1)}\n`);
  if (csvFile !== undefined) await writeCsv(csvFile, results.tallies, terminal);
  if (htmlFile !== undefined) await writeOutput(htmlFile, renderPage(summary));
  return judge(summary, terminal);
}

function asFile(flag: string, path: string | undefined): OutputFile | undefined {
  return path === undefined ? undefined : { flag, path };
}

function planOf(command: GenerateCommand): GeneratorPlan {
  const { host, port, json: _json, csv, html: _html, kind: _kind, seed, ...plan } = command;
  const kept = csv === undefined ? exactSamplesMax : Math.ceil(csvSamplesMax / plan.threads);
  return {
    ...plan,
    servers: serverAddresses(host, port),
    seed: seed ?? randomInt(freshSeedEnd),
    rawSamplesMax: kept,
  };
}

async function sendLoad(plan: GeneratorPlan, { stderr }: Terminal) {
  const progress = createGeneratorProgress();
  const line = openProgress(
    stderr,
    createProgressText(plan, progress, () => performance.now()),
  );
  try {
    return await runGenerator(plan, progress);
  } finally {
    line[Symbol.dispose]();
  }
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

function judge({ failed, wrong, warmup, reliability }: GeneratorSummary, { stderr }: Terminal): ExitCode {
  if (!reliability.isReliable) stderr.write('numstore client: the run is unreliable, see the report\n');
  const failures = failed + warmup.failed;
  if (failures === 0 && wrong === 0) return exitCode.ok;
  stderr.write(`numstore client: ${failures} failed RPCs, ${wrong} wrong answers\n`);
  return exitCode.failed;
}
