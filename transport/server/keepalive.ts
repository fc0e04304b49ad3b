import type { Times } from './options.ts';
import type { ServerSession } from './server-session.ts';

const keepalivePing = Buffer.from('alive???', 'latin1');

/** Looks after the times of one connection. It reads the clock only when it is called, not at each frame. */
export class Caretaker {
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

  /** Called regularly. */
  check(now: number): void {
    this.#observe(now);
    if (this.#isOverdue(now)) {
      this.#session.destroy();
      return;
    }
    this.#checkStreams(now);
    this.#checkLife(now);
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

  /** What no peer in good health and good faith lets happen. */
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

  #checkLife(now: number): void {
    if (this.#pingedAt !== undefined || now - this.#receivedAt < this.#times.keepaliveMs) return;
    this.#pingedAt = now;
    this.#session.ping(keepalivePing, () => {});
  }

  #drain(now: number): void {
    this.#drainingSince ??= now;
    this.#session.drain();
  }
}
