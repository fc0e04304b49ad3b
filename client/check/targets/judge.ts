import { setTimeout as pause } from 'node:timers/promises';
import { NumStoreClientError } from '../../api/client-error.ts';
import type { Result } from '../check.ts';
import { checks, runChecks } from '../checks.ts';
import { cleanUp } from '../clean-up.ts';
import type { CheckCommand } from '../flags.ts';
import { openSession, type Session } from '../session.ts';
import type { Target } from './file.ts';

/** What became of one server. */
export interface Judged {
  readonly target: Target;
  readonly results: readonly Result[];
  /** why there are not all results; undefined when there are */
  readonly trouble: string | undefined;
}

type Limits = Pick<CheckCommand, 'timeoutMs' | 'keys' | 'cleanUp' | 'security' | 'limitSeconds'>;

/** Judges all servers, `parallel` at a time; tells each as it is done, and returns them in their order. */
export async function judgeAll(
  targets: readonly Target[],
  command: Limits & { readonly parallel: number },
  onJudged: () => void,
): Promise<readonly Judged[]> {
  const judged: Judged[] = [];
  const pending = targets.entries();
  const work = async (): Promise<void> => {
    for (const [at, target] of pending) {
      judged[at] = await judge(target, command);
      onJudged();
    }
  };
  await Promise.all(Array.from({ length: Math.min(command.parallel, targets.length) }, work));
  return judged;
}

/** A server that hangs costs its own time limit, and no more. */
async function judge(target: Target, command: Limits): Promise<Judged> {
  const { limitSeconds } = command;
  const results: Result[] = [];
  const stopped = new AbortController();
  const expired = pause(limitSeconds * 1000, 'expired' as const, stopped).catch(() => 'expired' as const);
  try {
    using session = await openSession({ ...command, ...target });
    const end = await Promise.race([checkAll(session, results, command), expired]);
    // a check that is under way still writes to `results`
    const trouble = end === 'expired' ? `not done within ${limitSeconds} s` : undefined;
    return { target, results: [...results], trouble };
  } catch (error) {
    return { target, results, trouble: NumStoreClientError.from(error).message };
  } finally {
    stopped.abort();
  }
}

async function checkAll(session: Session, results: Result[], command: Limits): Promise<void> {
  for await (const result of runChecks(checks, session)) results.push(result);
  if (command.cleanUp) await cleanUp(session);
}
