import { formatHostPort, type ServerAddress, serverAddresses } from '../api/address.ts';
import { type ExitCode, exitCode } from '../cli/exit.ts';
import { checkWritable, type OutputFile, writeOutput } from '../cli/output-file.ts';
import { openProgress } from '../cli/progress.ts';
import { type Output, type Terminal, writeText } from '../cli/terminal.ts';
import type { Result } from './check.ts';
import { checks, runChecks } from './checks.ts';
import { cleanUp } from './clean-up.ts';
import type { CheckCommand } from './flags.ts';
import { type ReportHead, renderJson, renderJunit, renderResult, renderScore } from './report.ts';
import { openSession } from './session.ts';
import { readTargets } from './targets/file.ts';
import { type Judged, judgeAll } from './targets/judge.ts';
import { renderCsv, renderTargets, renderTargetsJson, renderTargetsPage } from './targets/report.ts';
import { exerciseCodec } from './wire/codec.ts';
import { loadCodec } from './wire/proto-file.ts';

/** More keys than all rules but `difference` store together. */
const keysBeside = 200;

/**
 * Checks a server that claims the exercise, in whatever language, from outside: a line for each requirement, then the
 * score. With `--targets` it judges a class, with a row for each server.
 *
 * @throws NumStoreClientError UNREACHABLE when there is no server
 * @throws UsageError when a file cannot be read or written; OutputError when that is found out after the checks
 */
export function runCheckCommand(command: CheckCommand, terminal: Terminal): Promise<ExitCode> {
  const { targets } = command;
  return targets === undefined ? checkOne(command, terminal) : checkClass(targets, command, terminal);
}

async function checkClass(
  path: string,
  command: CheckCommand,
  { stdout, stderr }: Terminal,
): Promise<ExitCode> {
  const files = [asFile('--csv', command.csv), asFile('--html', command.html)];
  for (const file of files) if (file !== undefined) await checkWritable(file);
  const targets = await readTargets(path);
  let done = 0;
  const line = openProgress(stderr, () => `checked ${done} of ${targets.length} servers`);
  const judged = await judgeAll(targets, command, () => done++).finally(() => line[Symbol.dispose]());
  await writeText(
    stdout,
    command.json ? renderTargetsJson(judged) : renderTargets(judged, stdout.isTTY === true),
  );
  const [csv, html] = files;
  if (csv !== undefined) await writeOutput(csv, renderCsv(judged));
  if (html !== undefined) await writeOutput(html, renderTargetsPage(judged));
  const isClean = ({ results, trouble }: Judged): boolean => trouble === undefined && hasNoFailure(results);
  return judged.every(isClean) ? exitCode.ok : exitCode.failed;
}

async function checkOne(command: CheckCommand, { stdout, stderr }: Terminal): Promise<ExitCode> {
  const { proto, timeoutMs, keys, security } = command;
  const junit = asFile('--junit', command.junit);
  if (junit !== undefined) await checkWritable(junit);
  const codec = proto === undefined ? exerciseCodec : loadCodec(proto);
  const server = serverOf(command);
  const address = formatHostPort(server);
  using session = await openSession({ server, security, codec, timeoutMs, keys });
  const show = async (text: string): Promise<void> => {
    if (!command.json) await writeText(stdout, text);
  };
  await show(`Checking ${address}\n${preamble(command)}\n`);
  const results: Result[] = [];
  for await (const result of watched(runChecks(checks, session), stderr)) {
    results.push(result);
    await show(renderResult(result));
  }
  await show(renderScore(results));
  if (command.cleanUp) await show(`${await cleanUp(session)}\n`);
  const head: ReportHead = { address, service: codec.description };
  if (command.json) await writeText(stdout, renderJson(head, results));
  if (junit !== undefined) await writeOutput(junit, renderJunit(head, results));
  return hasNoFailure(results) ? exitCode.ok : exitCode.failed;
}

function hasNoFailure(results: readonly Result[]): boolean {
  return results.every(({ verdict }) => verdict !== 'FAIL');
}

function asFile(flag: string, path: string | undefined): OutputFile | undefined {
  return path === undefined ? undefined : { flag, path };
}

function serverOf({ host, port }: CheckCommand): ServerAddress {
  const [server] = serverAddresses(host, port);
  if (server === undefined) throw new TypeError('Expected a server');
  return server;
}

function preamble({ keys, cleanUp }: CheckCommand): string {
  const stored = `at most ${keys + keysBeside} keys are`;
  const fate = cleanUp ? `${stored} stored, and deleted afterwards` : `${stored} left behind`;
  return `No fresh server is needed, but no other client may use it meanwhile; ${fate}.\n`;
}

/** Says on a terminal which check is running, if it takes long; the line is gone when its result is shown. */
async function* watched(results: AsyncGenerator<Result>, stderr: Output): AsyncGenerator<Result> {
  for (let index = 0; ; index++) {
    const line = openProgress(stderr, () => `checking ${checks[index]?.id ?? ''}`);
    const next = await results.next().finally(() => line[Symbol.dispose]());
    if (next.done === true) return;
    yield next.value;
  }
}
