import { hash } from 'node:crypto';

/** What a token lets its bearer do: everything, or what changes nothing. */
export type Access = 'read-only' | 'read-write';

/** A token, of which we keep no more than is needed to know it again. */
export interface Token {
  readonly access: Access;
  /** SHA-256. */
  readonly digest: Buffer;
}

/** Each call is compared with all of them, at a tenth of a microsecond each. */
const tokensMax = 64;

/** A shorter one could be guessed: 16 random characters of base64 are 96 bits. */
const tokenCharactersMin = 16;

/** Room for a signed token of another system; the metadata of a call have room for it, too. */
const tokenCharactersMax = 4096;

/** What may follow `Bearer` (RFC 6750 2.1). */
const tokenPattern = /^[A-Za-z0-9._~+/-]+=*$/;

/** The tokens of a file, and what is wrong with it: sentences that name lines and quote nothing. */
export interface TokenList {
  readonly tokens: readonly Token[];
  readonly faults: readonly string[];
}

/** Reads lines of `read-only TOKEN` or `read-write TOKEN`; empty ones and those that begin with # do not count. */
export function parseTokens(text: string): TokenList {
  const tokens: Token[] = [];
  const faults: string[] = [];
  const lineOf = new Map<string, number>();
  for (const [index, line] of text.split('\n').entries()) {
    const [access, token = '', ...rest] = line.trim().split(/\s+/);
    if (access === undefined || access === '' || access.startsWith('#')) continue;
    const number = index + 1;
    const fault =
      isAccess(access) && rest.length === 0
        ? tokenFault(token, lineOf)
        : 'Expected read-only TOKEN or read-write TOKEN';
    if (fault !== undefined) faults.push(`Line ${number}: ${fault}`);
    else if (isAccess(access)) tokens.push({ access, digest: digestOf(token) });
    lineOf.set(token, number);
  }
  if (tokens.length > tokensMax) faults.push(`Expected at most ${tokensMax} tokens, got ${tokens.length}`);
  if (tokens.length === 0 && faults.length === 0)
    faults.push('Expected a line such as read-write TOKEN, got none');
  return { tokens, faults };
}

function tokenFault(token: string, lineOf: ReadonlyMap<string, number>): string | undefined {
  if (token.length < tokenCharactersMin || token.length > tokenCharactersMax) {
    return `Expected a token of ${tokenCharactersMin} to ${tokenCharactersMax} characters, got ${token.length}`;
  }
  if (!tokenPattern.test(token))
    return 'Expected a token of letters, digits and - . _ ~ + /, with = at its end alone';
  const other = lineOf.get(token);
  return other === undefined ? undefined : `Expected another token than that of line ${other}`;
}

function isAccess(word: string): word is Access {
  return word === 'read-only' || word === 'read-write';
}

/** SHA-256 makes tokens of all lengths 32 bytes, and what a comparison could tell of it tells nothing of the token. */
export function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
