import { outcomes } from '../run/outcome.ts';
import type { Recording } from '../run/recorder.ts';

const head = 'thread,rpc,outcome,due_ms,sent_ms,end_ms,latency_ms,from_send_ms,send_lag_ms,own_lag_ms\n';
/** Lines that go into the file at once. */
const chunkLines = 10_000;

/**
 * The raw samples of all threads, a line each: times from the start of the run, and what the percentiles are taken
 * from, as the shortest decimals that read back as the same doubles.
 */
export function* renderCsv(recordings: readonly Recording[]): Generator<string> {
  let lines = [head];
  for (const [thread, { samples }] of recordings.entries()) {
    const { outcome, dueMs, readyMs, sentMs, endMs } = samples;
    for (const [index, place] of outcome.entries()) {
      const { rpc, name } = outcomes[place] ?? outcomes[0];
      const [due, ready] = [Number(dueMs[index]), Number(readyMs[index])];
      const [sent, end] = [Number(sentMs[index]), Number(endMs[index])];
      const spans = [end - due, end - sent, sent - due, sent - ready];
      lines.push(`${thread},${rpc},"${name}",${[due, sent, end, ...spans].join(',')}\n`);
      if (lines.length < chunkLines) continue;
      yield lines.join('');
      lines = [];
    }
  }
  yield lines.join('');
}
