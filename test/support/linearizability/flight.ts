import type { OperationKind } from '../../../client/linearizability/operation.ts';
import type { Answer } from './model.ts';

/** A call under way. */
export interface Flight {
  readonly kind: OperationKind;
  readonly key: number;
  readonly argument: bigint;
  readonly start: number;
  phase: 'sent' | 'computing' | 'applied';
  answer: Answer;
  hit: boolean;
  n: number;
}

/** The last write on a key: what it overwrote, and when it was sent and answered. */
export interface Overwriting {
  readonly held: bigint | undefined;
  readonly start: number;
  answeredAt: number;
}
