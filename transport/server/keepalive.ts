import { GrpcError, Status } from '../grpc/status.ts';
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
  /** The header block that the last check found incomplete. */
  #block: { readonly streamId: number; readonly since: number } | undefined;

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
    this.#checkReaders(now);
    this.#checkRequests(now);
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
    session.hasReceived = false;
    session.hasSent = false;
    const { openBlock } = session;
    if (openBlock === undefined) this.#block = undefined;
    else if (this.#block?.streamId !== openBlock) this.#block = { streamId: openBlock, since: now };
  }

  /** Whether the peer is dead, or holds the connection without using it. */
  #isOverdue(now: number): boolean {
    const times = this.#times;
    if (!this.#session.isSettled && now - this.#openedAt >= times.handshakeMs) return true;
    if (!this.#session.isOpen && now - this.#receivedAt >= times.checkMs) return true;
    if (this.#pingedAt !== undefined && now - this.#pingedAt >= times.keepaliveTimeoutMs) return true;
    if (this.#drainingSince !== undefined && now - this.#drainingSince >= times.graceMs) return true;
    // Within a header block no call can be refused: every frame must continue the block.
    if (this.#block !== undefined && now - this.#block.since >= times.requestMs) return true;
    return now - this.#sentAt >= times.stallMs;
  }

  #checkReaders(now: number): void {
    for (const stream of [...this.#session.sender.waiting]) {
      if (stream.isStalled(now, this.#times.stallMs)) stream.onStalled();
    }
  }

  #checkRequests(now: number): void {
    for (const stream of this.#session.streams.values()) {
      if (stream.isServed) this.#usedAt = now;
      if (stream.isOverdue(now, this.#times)) {
        stream.fail(new GrpcError(Status.DEADLINE_EXCEEDED, 'The request was not complete in time'));
      }
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
