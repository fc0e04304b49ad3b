import { setTimeout as sleep } from 'node:timers/promises';
import { NumStoreClientError, type NumStoreTypedClient, openClient } from '../api/client.ts';
import { describeError } from '../cli/error-text.ts';
import { type ExitCode, exitCode } from '../cli/exit.ts';
import { onInterrupt } from '../cli/interrupt.ts';
import { type Terminal, writeText } from '../cli/terminal.ts';
import type { WatchCommand } from './watch-flags.ts';
import {
  ratesOf,
  renderColumns,
  renderHeader,
  renderJson,
  renderScreen,
  renderTable,
  type Sample,
} from './watch-render.ts';

/**
 * Shows the figures of a server again and again, until SIGINT or as often as asked: as a table that changes in place, or
 * a line each for scripts and programs. A server that goes away is waited for.
 *
 * @returns 1 if the last time there was no answer
 * @throws NumStoreClientError UNREACHABLE when there is no server to begin with
 */
export async function runWatch(command: WatchCommand, terminal: Terminal): Promise<ExitCode> {
  const { host, port, security, intervalMs, count } = command;
  await using client = await openClient({ host, port, ...security });
  const stop = new AbortController();
  using _interrupt = onInterrupt(() => stop.abort());
  const show = createDisplay(command, terminal);
  let isAnswered = true;
  for (let round = 1; !stop.signal.aborted; round++) {
    const answer = await ask(client, stop.signal, intervalMs);
    if (stop.signal.aborted) break;
    isAnswered = !(answer instanceof NumStoreClientError);
    const isRead = await show(answer);
    if (!isRead || round === count) break;
    await sleep(intervalMs, undefined, { signal: stop.signal }).catch(() => undefined);
  }
  return isAnswered ? exitCode.ok : exitCode.failed;
}

/** A server may take as long as until the next time, and at least a second. */
async function ask(
  client: NumStoreTypedClient,
  signal: AbortSignal,
  intervalMs: number,
): Promise<Sample | NumStoreClientError> {
  try {
    const stats = await client.stats({ signal, deadlineMs: Math.max(1000, intervalMs) });
    return { at: new Date(), stats };
  } catch (error) {
    return NumStoreClientError.from(error);
  }
}

/** @returns what shows an answer; it answers false when nobody reads any longer */
function createDisplay(
  { json }: WatchCommand,
  { stdout, stderr }: Terminal,
): (answer: Sample | NumStoreClientError) => Promise<boolean> {
  let before: Sample | undefined;
  let hasHeader = json;
  const isPerson = stdout.isTTY === true && !json;
  const describe = (answer: Sample): string => {
    if (json) return `${renderJson(answer)}\n`;
    if (isPerson) return renderScreen(renderTable(answer, ratesOf(before, answer)), stdout.columns);
    const header = hasHeader ? '' : `${renderHeader(answer)}\n`;
    hasHeader = true;
    return `${header}${renderColumns(answer)}\n`;
  };
  if (isPerson) stdout.write('\u001b[2J');
  return async (answer) => {
    if (answer instanceof NumStoreClientError) {
      const line = describeWait(answer);
      if (isPerson) return writeText(stdout, renderScreen([line], stdout.columns));
      stderr.write(`numstore client: ${line}\n`);
      return true;
    }
    const text = describe(answer);
    before = answer;
    return writeText(stdout, text);
  };
}

/** What a server that is away makes the transport say is in the words of grpc-js, and means this. */
function describeWait(error: NumStoreClientError): string {
  const isAway = error.code === 'UNAVAILABLE' || error.code === 'DEADLINE_EXCEEDED';
  return isAway ? `waiting for the server (${error.code})` : `no figures: ${describeError(error)}`;
}
