import type { Socket } from 'node:net';
import { GrpcError, Status } from '../grpc/status.ts';
import type { ServerSettings, Times } from './options.ts';
import type { ServerSession } from './server-session.ts';

const keepalivePing = Buffer.from('alive???', 'latin1');

/**
 * More than a PING and some small frames. A peer that was sent less is not slow to acknowledge: it
 * has nothing to read first.
 */
const slowReadBytesMin = 65_536;
const pingFrameBytes = 17;

/**
 * Keepalive, idle timeout and age of one connection. It reads the clock at each check, not each
 * frame.
 */
export class Keepalive {
  readonly #session: ServerSession;
  readonly #socket: Socket;
  readonly #times: Times;
  readonly #bytesTaken: (socket: Socket) => number;
  readonly #openedAt: number;
  #receivedAt: number;
  #sentAt: number;
  #usedAt: number;
  /** When the PING left, or the peer took some of what was sent before it. */
  #pingedAt: number | undefined;
  /** What the peer had taken then. Undefined if the PING has nothing to wait for. */
  #takenBytes: number | undefined;
  /** What had been written to the socket when the peer was last heard. */
  #heardAtBytes = 0;
  #drainingSince: number | undefined;
  /** The header block that the last check found incomplete. */
  #block: { readonly streamId: number; readonly since: number } | undefined;

  /** @param openedAt when the connection was accepted */
  constructor(session: ServerSession, socket: Socket, settings: ServerSettings, openedAt: number) {
    const now = settings.clock.now();
    this.#session = session;
    this.#socket = socket;
    this.#times = settings.times;
    this.#bytesTaken = settings.bytesTaken;
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
      this.#heardAtBytes = this.#socket.bytesWritten;
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
    if (this.#isSilent(now)) return true;
    if (this.#drainingSince !== undefined && now - this.#drainingSince >= times.graceMs) return true;
    // Within a header block no call can be refused: every frame must continue the block.
    if (this.#block !== undefined && now - this.#block.since >= times.requestMs) return true;
    return now - this.#sentAt >= times.stallMs;
  }

  /** Whether the peer has neither acknowledged the PING in time nor taken what was sent before it. */
  #isSilent(now: number): boolean {
    if (this.#pingedAt === undefined || now - this.#pingedAt < this.#times.keepaliveTimeoutMs) return false;
    if (this.#takenBytes === undefined) return true;
    const taken = this.#bytesTaken(this.#socket);
    if (taken - this.#takenBytes <= pingFrameBytes) return true;
    this.#takenBytes = taken;
    this.#pingedAt = now;
    return false;
  }

  #checkReaders(now: number): void {
    for (const stream of [...this.#session.sender.waiting]) {
      if (stream.isStalled(now, this.#times.stallMs)) stream.onStalled();
    }
  }

  #checkRequests(now: number): void {
    for (const stream of this.#session.streams.values()) {
      if (stream.hasRequest) this.#usedAt = now;
      if (stream.isOverdue(now, this.#times)) {
        stream.fail(new GrpcError(Status.DEADLINE_EXCEEDED, 'The request was not complete in time'));
      }
    }
  }

  #checkLiveness(now: number): void {
    if (this.#pingedAt !== undefined || now - this.#receivedAt < this.#times.keepaliveMs) return;
    this.#pingedAt = now;
    const isReading = this.#socket.bytesWritten - this.#heardAtBytes >= slowReadBytesMin;
    this.#takenBytes = isReading ? this.#bytesTaken(this.#socket) : undefined;
    this.#session.ping(keepalivePing);
  }

  #drain(now: number): void {
    this.#drainingSince ??= now;
    this.#session.drain();
  }
}
