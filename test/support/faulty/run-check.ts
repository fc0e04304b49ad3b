import type { Check, Result } from '../../../client/check/check.ts';
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
  /** @default all rules */
  readonly rules?: readonly Check[];
}

/** A rule, and those that have to pass before it: all that is needed to see it red. */
export function rulesFor(id: string): readonly Check[] {
  const wanted = new Set([id]);
  for (const [at, { id: each, needs }] of [...checks.entries()].toReversed()) {
    if (!wanted.has(each)) continue;
    for (const need of needs) wanted.add(need);
    // whether the server is alive is asked after what may have broken it
    const before = checks[at - 1];
    if (each.startsWith('alive-') && before !== undefined) wanted.add(before.id);
  }
  return checks.filter((check) => wanted.has(check.id));
}

/** All results of a check of the server at this port. */
export async function runCheck(short: ShortCheck): Promise<Result[]> {
  const { port, proto, keys = keysDefault, timeoutMs = 1000, rules = checks } = short;
  const codec = proto === undefined ? exerciseCodec : loadCodec(proto);
  using session = await openSession({
    server: { host: '127.0.0.1', port, isEach: false },
    codec,
    timeoutMs,
    keys,
  });
  const results: Result[] = [];
  for await (const result of runChecks(rules, session)) results.push(result);
  return results;
}

/** The lines that are red. */
export function redLines(results: readonly Result[]): string[] {
  return results.filter(({ verdict }) => verdict === 'FAIL').map(({ check }) => check.id);
}
