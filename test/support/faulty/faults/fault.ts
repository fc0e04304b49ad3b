import { type Answer, correct, type FactChoices, factWith, type Rules } from '../memory.ts';

/** A server with one thing wrong, the rule that has to be red, and the cause that its hint has to name. */
export interface Fault {
  readonly name: string;
  readonly rule: string;
  readonly hint: RegExp;
  /** Makes the server, with whatever state of its own the fault needs. */
  make(): Rules;
  /** more keys than a check in a test needs, where the fault shows only then */
  readonly keys?: number;
  /** some calls are never replied to */
  readonly isSilent?: boolean;
}

/** A server whose SetNum is wrong. */
export function withSet(setNum: Rules['setNum']): () => Rules {
  return () => ({ ...correct, setNum });
}

/** A server whose Fact is wrong. */
export function withFact(fact: Rules['fact']): () => Rules {
  return () => ({ ...correct, fact });
}

/** A server whose Fact differs by these choices. */
export function withChoices(choices: FactChoices): () => Rules {
  return withFact((state, key) => factWith(state, key, choices));
}

/** A server whose replies to Fact are changed on their way out. */
export function withReply(change: (answer: Answer) => Answer): () => Rules {
  return withFact(async (state, key) => change(await correct.fact(state, key)));
}

/** A call that is never replied to. */
export const never = new Promise<never>(() => undefined);
