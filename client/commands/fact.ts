import { type ExactFactorial, type ExactProgress, openClient } from '../api/client.ts';
import { type ExitCode, exitCode } from '../cli/exit.ts';
import { checkWritable, writeOutput } from '../cli/output-file.ts';
import { writeJson } from '../cli/printable.ts';
import { drawBar, openProgress, type ProgressLine } from '../cli/progress.ts';
import type { Terminal } from '../cli/terminal.ts';
import type { FactCommand } from './fact-flags.ts';

/** So many bytes take about two seconds to be written as decimal digits. */
const slowBytes = 2_000_000;

/**
 * Prints one exact factorial, or its number of digits, or writes its bytes to a file.
 *
 * @throws NumStoreClientError UNREACHABLE when there is no server, or why there is no answer
 * @throws UsageError when the file cannot be written, found out before the call as far as possible, else OutputError
 */
export async function runFact(command: FactCommand, { stdout, stderr }: Terminal): Promise<ExitCode> {
  const file = command.bytes === undefined ? undefined : { flag: '--bytes', path: command.bytes };
  if (file !== undefined) await checkWritable(file);
  let state = 'computing';
  const line = openProgress(stderr, () => state);
  try {
    const exact = await receive(command, (progress) => {
      state = describeProgress(progress);
    });
    if (file !== undefined) await writeOutput(file, exact.bytes);
    state = 'writing the decimal digits';
    const text = render(command, exact, line);
    line[Symbol.dispose](); // before the digits: both may go to the same terminal
    if (text !== undefined) stdout.write(`${text}\n`);
    return exitCode.ok;
  } finally {
    line[Symbol.dispose]();
  }
}

async function receive(
  { key, host, port, security, deadlineMs }: FactCommand,
  onProgress: (progress: ExactProgress) => void,
): Promise<ExactFactorial> {
  const client = await openClient({ host, port, ...security });
  try {
    return await client.factExact(key, { deadlineMs, onProgress });
  } finally {
    await client.close();
  }
}

function render(command: FactCommand, exact: ExactFactorial, line: ProgressLine): string | undefined {
  if (command.json) return renderJson(command, exact, line);
  const { value, bytes } = exact;
  if (command.digitsOnly) return `${countDigits(value)}`;
  if (command.bytes !== undefined) return undefined;
  line.refresh(bytes.length > slowBytes);
  return value.toString(); // V8's is subquadratic: 2 s for the 5.6 million digits of 1000000!
}

/** One object; the numbers are strings, for most fit no JSON number. */
function renderJson(
  { key, digitsOnly, bytes: file }: FactCommand,
  { n, hit, value, bytes }: ExactFactorial,
  line: ProgressLine,
): string {
  const head = { key, n: `${n}`, hit, digits: `${countDigits(value)}` };
  if (digitsOnly || file !== undefined) return writeJson(head);
  line.refresh(bytes.length > slowBytes);
  return writeJson({ ...head, value: value.toString() });
}

function describeProgress({ receivedBytes, byteLength }: ExactProgress): string {
  return `receiving ${drawBar(receivedBytes, byteLength)} of ${byteLength} bytes`;
}

/** Up to so many hexadecimal digits are exact as a double. */
const headDigits = 13;
/** Far more than the logarithm of 2^30 bits is off by, computed in doubles. */
const doubtful = 1e-5;

/**
 * How many decimal digits a number above 0 has: from its logarithm, thousands of times faster than by writing it
 * down; next to a power of ten, where the logarithm cannot tell, by comparing.
 */
export function countDigits(value: bigint): number {
  const hex = value.toString(16);
  if (hex.length <= headDigits) return value.toString().length;
  const head = Number.parseInt(hex.slice(0, headDigits), 16);
  const log = Math.log10(head) + (hex.length - headDigits) * Math.log10(16);
  const nearest = Math.round(log);
  if (Math.abs(log - nearest) > doubtful) return Math.floor(log) + 1;
  return value >= 10n ** BigInt(nearest) ? nearest + 1 : nearest;
}
