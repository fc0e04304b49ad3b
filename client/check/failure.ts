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

/** Fails unless `condition` holds. */
export function demand(condition: boolean, sent: string, came: string, hint?: string): asserts condition {
  if (!condition) throw new CheckFailure({ sent, came }, hint);
}

/** Nothing of the requirement shows from outside on this server: neither a PASS nor a FAIL. */
export class CheckSkip extends Error {
  override readonly name = 'CheckSkip';
  readonly observation: Observation;

  constructor(observation: Observation) {
    super(observation.came);
    this.observation = observation;
  }
}
