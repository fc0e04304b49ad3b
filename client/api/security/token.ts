import type { Metadata } from '@grpc/grpc-js';
import { describeType } from '../describe-value.ts';
import type { Token } from '../options.ts';

/** What to do about a status that is about tokens; undefined: it is not. */
export function hintAtToken(code: string): string | undefined {
  switch (code) {
    case 'UNAUTHENTICATED':
      return 'the server asks for a token that it knows: token, --token-file';
    case 'PERMISSION_DENIED':
      return 'the token has not the right to do this: token, --token-file';
    default:
      return undefined;
  }
}

/** The metadata that carries a token. */
export const tokenHeader = 'authorization';

/** What a header can carry, without a blank: visible ASCII. */
const tokenForm = /^[\x21-\x7e]+$/;

/** The rights that a server's file of tokens puts before each, so that a client can be given a line of it. */
const rightsBefore = /^read-(?:only|write)(?:[ \t]+|$)/;

/**
 * Reads a file of one token: the first line that is neither empty nor a comment, with or without the rights that a
 * server's file puts before it.
 *
 * @returns undefined when there is no token in it
 */
export function parseTokenFile(text: string): string | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const first = lines.find((line) => line !== '' && !line.startsWith('#'));
  const token = first?.replace(rightsBefore, '');
  return isToken(token) ? token : undefined;
}

/** Whether a header can carry it. */
export function isToken(token: unknown): token is string {
  return typeof token === 'string' && tokenForm.test(token);
}

/**
 * The header's value for a token.
 *
 * @throws TypeError when it is of no form that can be sent; the message does not show it
 */
export function bearer(token: Token): string {
  const text = typeof token === 'string' ? token : token();
  if (!isToken(text))
    throw new TypeError(
      `Expected a token of visible ASCII characters, without blanks, got ${describeType(text)}`,
    );
  return `Bearer ${text}`;
}

/**
 * Puts the token, if there is one, into the metadata of a call.
 *
 * @throws TypeError when it is of no form that can be sent
 */
export function addToken(metadata: Metadata, token: Token | undefined): void {
  if (token !== undefined) metadata.set(tokenHeader, bearer(token));
}
