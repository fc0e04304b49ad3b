import { timingSafeEqual } from 'node:crypto';
import { NumStoreError } from '../domain/errors.ts';
import type { Call } from '../rpc/call.ts';
import type { WireHandlers } from '../rpc/decoded-handlers.ts';
import { type Access, digestOf, type Token } from './token-file.ts';

/** What a call does to the store. */
type Effect = 'reads' | 'writes';

/** Puts a handler behind a check of who calls it: the one place where calls are authorized, whatever the transport. */
export type Guard = <Request, Answer>(
  effect: Effect,
  handler: (request: Request, call: Call) => Answer,
) => (request: Request, call: Call) => Answer;

/**
 * Rejects calls without a known token, and writes with a read-only token. The handler never sees a
 * rejected call.
 * @param tokens those of now: they may change between two calls
 */
export function createTokenGuard(tokens: () => readonly Token[]): Guard {
  return (effect, handler) => (request, call) => {
    authorize(effect, accessOf(tokens(), call.metadata('authorization')));
    return handler(request, call);
  };
}

/** One after the other, the first first; `undefined` if there is none. */
export function combineGuards(guards: readonly Guard[]): Guard | undefined {
  const [first, ...others] = guards;
  const rest = others.length === 0 ? undefined : combineGuards(others);
  if (first === undefined || rest === undefined) return first;
  return (effect, handler) => first(effect, rest(effect, handler));
}

/** @throws NumStoreError UNAUTHENTICATED or PERMISSION_DENIED */
function authorize(effect: Effect, access: Access | undefined): void {
  if (access === undefined) {
    throw new NumStoreError(
      'UNAUTHENTICATED',
      'Expected the metadata "authorization: Bearer TOKEN" with a token that this server knows',
    );
  }
  if (effect === 'writes' && access === 'read-only') {
    throw new NumStoreError(
      'PERMISSION_DENIED',
      'The token may only read: for this call take a read-write token',
    );
  }
}

/** Compares with every token, in a time that tells nothing of how much of which one was right. */
function accessOf(tokens: readonly Token[], authorization: string | undefined): Access | undefined {
  const [, bearer] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (bearer === undefined) return undefined;
  const digest = digestOf(bearer);
  let access: Access | undefined;
  for (const token of tokens) {
    if (timingSafeEqual(token.digest, digest)) access = token.access;
  }
  return access;
}

/**
 * All handlers behind `guard`, which reads nothing of their requests. A method that is added does not compile until it is said
 * here what it does.
 */
export function guardHandlers(guard: Guard, handlers: WireHandlers): WireHandlers {
  return {
    setNum: guard('writes', handlers.setNum),
    fact: guard('reads', handlers.fact),
    factExact: guard('reads', handlers.factExact),
    getNum: guard('reads', handlers.getNum),
    addNum: guard('writes', handlers.addNum),
    deleteNum: guard('writes', handlers.deleteNum),
    listNums: guard('reads', handlers.listNums),
    getStats: guard('reads', handlers.getStats),
  };
}
