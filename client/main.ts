#!/usr/bin/env node
import { explainError } from './cli/error-text.ts';
import { type ExitCode, exitCode } from './cli/exit.ts';
import { printable } from './cli/printable.ts';
import { readVersion } from './cli/program.ts';
import { warnOfClearText } from './cli/server-flags.ts';
import type { Terminal } from './cli/terminal.ts';
import { type Command, parseArguments } from './command-line.ts';
import { helpText } from './help.ts';

process.stdout.on('error', giveUpOutput);
// what could be said of it, could be said nowhere
process.stderr.on('error', () => undefined);
// the code is set, not forced: the process ends when its last thread and connection are closed
process.exitCode = await main(process.argv.slice(2), process);

async function main(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    const command = parseArguments(argv);
    if ('security' in command) warnOfClearText(command, terminal);
    return await run(command, terminal);
  } catch (error) {
    return explainError(error, terminal);
  }
}

/** Loads what this command needs and no more: that is half the time that a short one takes. */
async function run(command: Command, terminal: Terminal): Promise<ExitCode> {
  switch (command.kind) {
    case 'help':
      terminal.stdout.write(helpText(command.topic));
      return exitCode.ok;
    case 'version':
      terminal.stdout.write(`${readVersion()}\n`);
      return exitCode.ok;
    case 'load':
      return (await import('./load/command.ts')).runLoadCommand(command, terminal);
    case 'fact':
      return (await import('./commands/fact.ts')).runFact(command, terminal);
    case 'check':
      return (await import('./check/command.ts')).runCheckCommand(command, terminal);
    case 'watch':
      return (await import('./commands/watch.ts')).runWatch(command, terminal);
    case 'compare':
      return (await import('./compare/command.ts')).runCompare(command, terminal);
    default:
      return (await import('./commands/numbers.ts')).runNumbers(command, terminal);
  }
}

/**
 * `fact KEY | head -c 100` closes the pipe when it has enough: no fault of anybody. Output that cannot be written, as on
 * a full disk, ends the command at once: whatever else it did would be for nothing.
 */
function giveUpOutput(error: Error): void {
  if ('code' in error && error.code === 'EPIPE') return;
  process.stderr.write(`numstore client: the output cannot be written: ${printable(error.message)}\n`, () =>
    process.exit(exitCode.failed),
  );
}
