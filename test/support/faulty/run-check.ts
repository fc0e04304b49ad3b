import type { Result } from '../../../client/check/check.ts';
import { checks, runChecks } from '../../../client/check/checks.ts';
import { openSession } from '../../../client/check/session.ts';
import { exerciseCodec } from '../../../client/check/wire/codec.ts';
import { loadCodec } from '../../../client/check/wire/proto-file.ts';
import { count } from '../scale.ts';

const keysDefault = count(100, 300);

/** How a check is run in a test: few keys, little patience. */
export interface ShortCheck {
  readonly port: number;
  readonly proto?: string | undefined;
  readonly keys?: number | undefined;
  readonly timeoutMs?: number | undefined;
}

/** All results of a check of the server at this port. */
export async function runCheck(short: ShortCheck): Promise<Result[]> {
  const { port, proto, keys = keysDefault, timeoutMs = 1000 } = short;
  const codec = proto === undefined ? exerciseCodec : loadCodec(proto);
  using session = await openSession({
    server: { host: '127.0.0.1', port, isEach: false },
    codec,
    timeoutMs,
    keys,
  });
  const results: Result[] = [];
  for await (const result of runChecks(checks, session)) results.push(result);
  return results;
}

/** The lines that are red. */
export function redLines(results: readonly Result[]): string[] {
  return results.filter(({ verdict }) => verdict === 'FAIL').map(({ check }) => check.id);
}
