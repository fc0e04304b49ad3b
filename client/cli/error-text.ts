import { NumStoreClientError } from '../api/client-error.ts';
import { hintAtToken } from '../api/security/token.ts';
import { type ExitCode, exitCode, OutputError, UsageError } from './exit.ts';
import { printable } from './printable.ts';
import type { Terminal } from './terminal.ts';

/** Why a call has failed, in a line for people. */
export function describeError({ code, message }: NumStoreClientError): string {
  return `${printable(message)} (${code})${describeHint([code])}`;
}

/** What can be done about the first of these failures that somebody can do something about, to stand after them. */
export function describeHint(codes: readonly string[]): string {
  const hint = codes.map(hintAtToken).find((each) => each !== undefined);
  return hint === undefined ? '' : `: ${hint}`;
}

/**
 * Says on stderr why a command has failed, in lines for people.
 *
 * @throws what is neither the user's fault nor the server's: a fault of ours shows its stack
 */
export function explainError(error: unknown, { stderr }: Terminal): ExitCode {
  if (error instanceof UsageError) {
    const faults = error.faults.map((fault) => `  ${printable(fault)}\n`).join('');
    stderr.write(`numstore client: bad arguments (--help shows all)\n${faults}`);
    return exitCode.usage;
  }
  if (error instanceof OutputError) {
    stderr.write(`numstore client: ${printable(error.message)}\n`);
    return exitCode.failed;
  }
  if (!(error instanceof NumStoreClientError)) throw error;
  if (error.code === 'UNREACHABLE') {
    stderr.write(`numstore client: ${printable(error.message)}\n`);
    return exitCode.unreachable;
  }
  stderr.write(`numstore client: ${describeError(error)}\n`);
  return exitCode.failed;
}
