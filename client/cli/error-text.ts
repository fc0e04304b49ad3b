import type { NumStoreClientError } from '../api/client-error.ts';
import { hintAtToken } from '../api/security/token.ts';
import { oneLine } from './printable.ts';

/** Why a call has failed, in a line for people. */
export function describeError({ code, message }: NumStoreClientError): string {
  return `${oneLine(message)} (${code})${describeHint([code])}`;
}

/** What can be done about the first of these failures that somebody can do something about, to stand after them. */
export function describeHint(codes: readonly string[]): string {
  const hint = codes.map(hintAtToken).find((each) => each !== undefined);
  return hint === undefined ? '' : `: ${hint}`;
}
