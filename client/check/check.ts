import type { Session } from './session.ts';

/** One requirement of the exercise that shows from outside. */
export interface Check {
  readonly id: string;
  /** what the exercise asks for, in our words */
  readonly requirement: string;
  /** the usual cause when it fails */
  readonly hint: string;
  /** checks that must have passed: what they found is taken for granted here, and their fault would show here, too */
  readonly needs: readonly string[];
  /**
   * @returns what was sent and seen, in a few words
   * @throws CheckFailure when the requirement is not met
   */
  run(session: Session): Promise<Observation>;
}

/** What was sent, and what came. */
export interface Observation {
  readonly sent: string;
  readonly came: string;
}

/** The requirement is not met. */
export class CheckFailure extends Error {
  override readonly name = 'CheckFailure';
  readonly observation: Observation;
  /** a better hint than that of the check, where the cause is known */
  readonly hint: string | undefined;

  constructor(observation: Observation, hint?: string) {
    super(observation.came);
    this.observation = observation;
    this.hint = hint;
  }
}

/** How a check ended. SKIP is no pass: it says which failure stands in its way. */
export type Result = Observation & {
  readonly check: Check;
  readonly verdict: 'PASS' | 'FAIL' | 'SKIP';
  readonly hint: string;
  readonly ms: number;
};

/** Fails unless `condition` holds. */
export function demand(condition: boolean, sent: string, came: string, hint?: string): asserts condition {
  if (!condition) throw new CheckFailure({ sent, came }, hint);
}
