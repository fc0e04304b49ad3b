import { NumStoreError } from '../domain/errors.ts';
import { addressOf, type Peer, peerOf } from '../net/peer.ts';
import { combineGuards, createTokenGuard, type Guard } from './authorize.ts';
import type { Token } from './token-file.ts';

/** Peers that are remembered: a few hundred bytes each. Of more, those that called last. */
const peersMax = 10_000;

/** What a peer has left of its calls, at a moment. */
interface Budget {
  left: number;
  at: number;
}

/**
 * Lets each peer make `perSecond` calls a second, and as many at once after a second without one.
 * @param now a monotonic clock, in milliseconds
 * @returns what throws NumStoreError RATE_LIMITED, with the time until the next call is due, when a peer makes more
 */
export function createRateLimit(
  perSecond: number,
  now: () => number = () => performance.now(),
): (peer: Peer) => void {
  const perMs = perSecond / 1000;
  const budgets = new Map<Peer, Budget>();

  const remember = (peer: Peer, budget: Budget): void => {
    // Taken out first, so that the map is in the order of the last calls.
    budgets.delete(peer);
    budgets.set(peer, budget);
    if (budgets.size <= peersMax) return;
    for (const oldest of budgets.keys()) {
      budgets.delete(oldest);
      return;
    }
  };
  return (peer) => {
    const at = now();
    const budget = budgets.get(peer) ?? { left: perSecond, at };
    budget.left = Math.min(perSecond, budget.left + (at - budget.at) * perMs);
    budget.at = at;
    remember(peer, budget);
    if (budget.left < 1) {
      const retryAfterMs = Math.ceil((1 - budget.left) / perMs);
      throw new NumStoreError(
        'RATE_LIMITED',
        `More than ${perSecond} calls a second come from your address`,
        {
          retryAfterMs,
        },
      );
    }
    budget.left -= 1;
  };
}

/** Lets each address make `perSecond` calls a second, as `createRateLimit` does, whatever the calls do. */
export function createRateGuard(perSecond: number): Guard {
  const admit = createRateLimit(perSecond);
  return (_effect, handler) => (request, call) => {
    admit(peerOf(addressOf(call.peer)));
    return handler(request, call);
  };
}

/** What the settings ask of a call. */
interface GuardSettings {
  /** Calls per second of one address. */
  readonly maxRatePerPeer: number | undefined;
  readonly tokenFile: string | undefined;
}

/** What a call has to pass: its address's share first, so that guessing tokens is no cheaper than other calls. */
export function createGuards(
  { maxRatePerPeer, tokenFile }: GuardSettings,
  tokens: () => readonly Token[],
): Guard | undefined {
  return combineGuards([
    ...(maxRatePerPeer === undefined ? [] : [createRateGuard(maxRatePerPeer)]),
    ...(tokenFile === undefined ? [] : [createTokenGuard(tokens)]),
  ]);
}
