import type { ExitCode } from '../../client/cli/exit.ts';
import type { Terminal } from '../../client/cli/terminal.ts';
import { parseArguments } from '../../client/command-line.ts';
import { runLoadCommand } from '../../client/load/command.ts';
import type { Output } from './process.ts';

/** The client's load run in this process, with its threads: `PORT --verify ...`. */
export async function runVerified(
  ...words: readonly string[]
): Promise<Pick<Output, 'code' | 'stdout' | 'stderr'>> {
  const [stdout, stderr] = [gather(), gather()];
  const code = await runCommand(words, { stdout, stderr });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function runCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const command = parseArguments([...words, '--verify']);
  if (command.kind === 'load') return runLoadCommand(command, terminal);
  throw new TypeError(`Expected a load run, got ${command.kind}`);
}

function gather() {
  const parts: string[] = [];
  return { write: (part: string) => parts.push(part), text: () => parts.join('') };
}

/** The section of the report that has the verdict. */
export function verdictOf(stdout: string): string {
  return stdout.slice(stdout.lastIndexOf('\nVerified:') + 1);
}
