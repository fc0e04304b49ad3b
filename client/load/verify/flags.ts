import { readSwitch } from '../../cli/readers.ts';
import type { Words } from '../../cli/tokens.ts';
import { keysMax, operationsMax } from '../run/history-plan.ts';

/** Whether a run is recorded and judged. */
export interface VerifyWords {
  readonly verify: boolean;
  /** whether the server was empty and idle before, and nobody else uses it */
  readonly isFresh: boolean;
}

/** Reads `--verify` and `--fresh`; `calls` are those of the run, as far as they are known. */
export function readVerify(
  words: Words,
  { keys, calls }: { readonly keys: number; readonly calls: number },
  faults: string[],
): VerifyWords {
  const verify = readSwitch(words, 'verify', faults);
  const isFresh = readSwitch(words, 'fresh', faults);
  if (isFresh && !verify) faults.push('--fresh: expected --verify beside it');
  if (verify && keys > keysMax) {
    faults.push(`--keys: expected at most ${keysMax} with --verify, which sets and reads each, got ${keys}`);
  }
  if (verify && calls > operationsMax) {
    faults.push(
      `--threads x --requests: expected at most ${operationsMax} in all with --verify, got ${calls}`,
    );
  }
  return { verify, isFresh };
}
