import type { ErrorCode } from '../../domain/errors.ts';

/** What the process that checks a store reports: integers in decimal, since JSON has no BigInt. */
export type Verdict =
  | { readonly kind: 'sound'; readonly keys: number; readonly total: string; readonly revision: string }
  | { readonly kind: 'fault'; readonly code: ErrorCode; readonly message: string };
