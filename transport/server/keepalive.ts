import type { Times } from './options.ts';
import type { ServerSession } from './server-session.ts';

const keepalivePing = Buffer.from('alive???', 'latin1');

/**
 * Keepalive, idle timeout and age of one connection. It reads the clock at each check, not each
 * frame.
 */
export class Keepalive {
  readonly #session: ServerSession;
  readonly #times: Times;
  readonly #openedAt: number;
  #receivedAt: number;
  #sentAt: number;
  #usedAt: number;
  #pingedAt: number | undefined;
  #drainingSince: number | undefined;

  /** @param openedAt when the connection was accepted */
  constructor(session: ServerSession, times: Times, openedAt: number, now: number) {
    this.#session = session;
    this.#times = times;
    this.#openedAt = openedAt;
    this.#receivedAt = now;
    this.#sentAt = now;
    this.#usedAt = now;
  }

  /** Called at intervals. */
  check(now: number): void {
    this.#observe(now);
    if (this.#isOverdue(now)) {
      this.#session.destroy();
      return;
    }
    this.#checkStreams(now);
    this.#checkLiveness(now);
    const isTooOld = now - this.#openedAt >= this.#times.ageMs;
    if (isTooOld || now - this.#usedAt >= this.#times.idleMs) this.#drain(now);
  }

  #observe(now: number): void {
    const session = this.#session;
    if (session.hasReceived) {
      this.#receivedAt = now;
      this.#pingedAt = undefined;
    }
    if (session.hasSent || session.unsentBytes === 0) this.#sentAt = now;
    if (session.streams.size > 0) this.#usedAt = now;
    session.hasReceived = false;
    session.hasSent = false;
  }

  /** Whether the peer is dead, or holds the connection without using it. */
  #isOverdue(now: number): boolean {
    const times = this.#times;
    if (!this.#session.isSettled && now - this.#openedAt >= times.handshakeMs) return true;
    if (!this.#session.isOpen && now - this.#receivedAt >= times.checkMs) return true;
    if (this.#pingedAt !== undefined && now - this.#pingedAt >= times.keepaliveTimeoutMs) return true;
    if (this.#drainingSince !== undefined && now - this.#drainingSince >= times.graceMs) return true;
    return now - this.#sentAt >= times.stallMs;
  }

  #checkStreams(now: number): void {
    for (const stream of [...this.#session.sender.waiting]) {
      if (stream.isStalled(now, this.#times.stallMs)) stream.onStalled();
    }
  }

  #checkLiveness(now: number): void {
    if (this.#pingedAt !== undefined || now - this.#receivedAt < this.#times.keepaliveMs) return;
    this.#pingedAt = now;
    this.#session.ping(keepalivePing, () => {});
  }

  #drain(now: number): void {
    this.#drainingSince ??= now;
    this.#session.drain();
  }
}
