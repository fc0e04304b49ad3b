import { type Command, parseArguments } from './arguments.ts';
import { runCheckCommand } from './check/command.ts';
import { NumStoreClientError } from './client.ts';
import { type ExitCode, exitCode } from './exit-code.ts';
import { runFact } from './fact/command.ts';
import { helpTexts } from './help.ts';
import { runLoad } from './load/command.ts';
import { runNumbers } from './numbers/command.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

process.stdout.on('error', forgiveClosedPipe);
// the code is set, not forced: the process ends when its last thread and connection are closed
process.exitCode = await main(process.argv.slice(2), process);

async function main(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    return await run(parseArguments(argv), terminal);
  } catch (error) {
    return explain(error, terminal);
  }
}

function run(command: Command, terminal: Terminal): Promise<ExitCode> | ExitCode {
  switch (command.kind) {
    case 'help':
      terminal.stdout.write(helpTexts[command.topic]);
      return exitCode.ok;
    case 'load':
      return runLoad(command, terminal);
    case 'fact':
      return runFact(command, terminal);
    case 'check':
      return runCheckCommand(command, terminal);
    default:
      return runNumbers(command, terminal);
  }
}

/** What a person can act on is said in a line; anything else is a fault of ours and shows its stack. */
function explain(error: unknown, { stderr }: Terminal): ExitCode {
  if (error instanceof UsageError) {
    const faults = error.faults.map((fault) => `  ${fault}\n`).join('');
    stderr.write(`numstore client: bad arguments (--help shows all)\n${faults}`);
    return exitCode.usage;
  }
  if (!(error instanceof NumStoreClientError)) throw error;
  if (error.code === 'UNREACHABLE') {
    stderr.write(`numstore client: ${error.message}\n`);
    return exitCode.unreachable;
  }
  stderr.write(`numstore client: ${oneLine(error.message)} (${error.code})\n`);
  return exitCode.failed;
}

/** The sentence is the server's: what it has of control characters must not reach the terminal. */
function oneLine(message: string): string {
  return message.replace(/\p{Cc}+/gu, ' ');
}

/** `fact KEY | head -c 100` closes the pipe when it has enough: no fault of anybody. */
function forgiveClosedPipe(error: Error): void {
  if (!('code' in error) || error.code !== 'EPIPE') throw error;
}
