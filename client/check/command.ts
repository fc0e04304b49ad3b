import { formatHostPort } from '../address.ts';
import type { CheckCommand } from '../argv/check.ts';
import { type ExitCode, exitCode } from '../exit-code.ts';
import { checkWritable, type OutputFile, writeOutput } from '../output-file.ts';
import { openProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import type { Result } from './check.ts';
import { checks } from './checks.ts';
import { type ReportHead, renderJson, renderJunit } from './report/files.ts';
import { renderResult, renderScore } from './report/text.ts';
import { runChecks } from './run.ts';
import { openSession, type Session } from './session.ts';
import { exerciseCodec } from './wire/codec.ts';
import { loadCodec } from './wire/proto-file.ts';

/**
 * Checks a server that claims the exercise, in whatever language, from outside: a line for each requirement, then the
 * score.
 *
 * @throws NumStoreClientError UNREACHABLE when there is no server
 * @throws UsageError when a file cannot be read or written
 */
export async function runCheckCommand(command: CheckCommand, terminal: Terminal): Promise<ExitCode> {
  const { host, port, proto, timeoutMs, keys } = command;
  const json = outputFile('--json', command.json);
  const junit = outputFile('--junit', command.junit);
  for (const file of [json, junit]) if (file !== undefined) await checkWritable(file);
  const codec = proto === undefined ? exerciseCodec : loadCodec(proto);
  const address = formatHostPort({ host, port });
  using session = await openSession({ address, codec, timeoutMs, keys });
  terminal.stdout.write(`Checking ${address}\n${preamble(keys)}\n`);
  const results = await runAndShow(session, terminal);
  terminal.stdout.write(renderScore(results));
  const head: ReportHead = { address, service: codec.description };
  if (json !== undefined) await writeOutput(json, renderJson(head, results));
  if (junit !== undefined) await writeOutput(junit, renderJunit(head, results));
  return results.every(({ verdict }) => verdict === 'PASS') ? exitCode.ok : exitCode.failed;
}

function preamble(keys: number): string {
  return `No fresh server is needed, but nobody else may use it meanwhile; about ${keys} keys are left behind.\n`;
}

function outputFile(flag: string, path: string | undefined): OutputFile | undefined {
  return path === undefined ? undefined : { flag, path };
}

async function runAndShow(session: Session, { stdout, stderr }: Terminal): Promise<Result[]> {
  const results: Result[] = [];
  const describe = (): string => `checking ${checks[results.length]?.id ?? ''}`;
  const running = runChecks(checks, session);
  for (;;) {
    // a line of its own for each check: what is on the terminal stays there
    const line = openProgress(stderr, describe);
    const next = await running.next().finally(() => line[Symbol.dispose]());
    if (next.done === true) return results;
    results.push(next.value);
    stdout.write(renderResult(next.value));
  }
}
