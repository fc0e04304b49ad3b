import type { ClientErrorCode } from '../../api/client-error.ts';
import type { Timing } from '../../api/trailers.ts';
import type { RpcName } from './plan.ts';

/**
 * How a call ended, as one of a few names: their place in this list stands for them in samples. `error` of a Fact is
 * its field of that name: the key is missing, say.
 */
export const outcomes = [
  { name: 'SetNum', rpc: 'SetNum', isReply: true },
  { name: 'Fact, hit', rpc: 'Fact', isReply: true },
  { name: 'Fact, miss', rpc: 'Fact', isReply: true },
  { name: 'Fact, error', rpc: 'Fact', isReply: true },
  { name: 'GetNum', rpc: 'GetNum', isReply: true },
  { name: 'AddNum', rpc: 'AddNum', isReply: true },
  { name: 'DeleteNum', rpc: 'DeleteNum', isReply: true },
  { name: 'SetNum failed', rpc: 'SetNum', isReply: false },
  { name: 'Fact failed', rpc: 'Fact', isReply: false },
  { name: 'GetNum failed', rpc: 'GetNum', isReply: false },
  { name: 'AddNum failed', rpc: 'AddNum', isReply: false },
  { name: 'DeleteNum failed', rpc: 'DeleteNum', isReply: false },
] as const;

export type OutcomeName = (typeof outcomes)[number]['name'];

/** How one call ended, with what is worth saying of it. */
export interface Reply {
  readonly outcome: OutcomeName;
  /** the value of a Fact cannot be right */
  readonly wrong?: string;
  readonly failure?: { readonly code: FailureCode; readonly message: string };
  /** where the server's time went, if it told */
  readonly timing?: Timing;
}

/** `NOT_SENT`: its time came and passed while all calls allowed at once were under way, until the run was over. */
export type FailureCode = ClientErrorCode | 'NOT_SENT';

/** Where `name` stands in the list. */
export const outcomeIndex: Readonly<Record<OutcomeName, number>> = {
  SetNum: 0,
  'Fact, hit': 1,
  'Fact, miss': 2,
  'Fact, error': 3,
  GetNum: 4,
  AddNum: 5,
  DeleteNum: 6,
  'SetNum failed': 7,
  'Fact failed': 8,
  'GetNum failed': 9,
  'AddNum failed': 10,
  'DeleteNum failed': 11,
};

export function failed(rpc: RpcName, code: FailureCode, message: string): Reply {
  return { outcome: `${rpc} failed`, failure: { code, message } };
}
