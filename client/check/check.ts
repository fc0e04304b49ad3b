import type { Observation } from './failure.ts';
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
   * @throws CheckSkip when nothing of it shows from outside
   */
  run(session: Session): Promise<Observation>;
}

/** How a check ended. SKIP is no pass: it says which failure stands in its way, or why nothing shows. */
export type Result = Observation & {
  readonly check: Check;
  readonly verdict: 'PASS' | 'FAIL' | 'SKIP';
  readonly hint: string;
  readonly ms: number;
};
