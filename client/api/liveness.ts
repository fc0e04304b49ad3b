import type { Client } from '@grpc/grpc-js';

/*
 * grpc-js sends a PING in every interval of a long call, whatever comes, and stock servers of
 * grpc-go and C++ close a connection whose client does that. So its keepalive is off, and this is
 * ours (decision 35): it needs the HTTP/2 sessions, which grpc-js keeps in private fields.
 */

/** Silence with a call under way after which the client sends a PING. */
const silentMs = 10_000;
/** How long the client waits for the acknowledgement. */
const ackMs = 5_000;
/** Least time between two PINGs with no other bytes between them, as stock servers ask. */
const pingIntervalMs = 300_000;
/** The acknowledgement of a PING: a frame header and eight bytes. */
const ackBytes = 17;

/** The part of an HTTP/2 session that is used here. */
interface Session {
  readonly socket: { readonly bytesRead: number };
  ping(onEnd: (error: Error | null) => void): unknown;
}

/** A connection of grpc-js. */
export interface Connection {
  readonly session: Session;
  readonly callsUnderWay: number;
  /** Closes it: its calls end as UNAVAILABLE, and grpc-js connects again. */
  giveUp(): void;
}

/** What is known of one connection. */
interface Watched {
  /** as of the last check */
  bytesRead: number;
  /** when a call first waited after the last byte; undefined: none has */
  waitingSince: number | undefined;
  /** when the last PING went; undefined: other bytes have come since */
  pingAt: number | undefined;
  isAcknowledged: boolean;
}

/** Finds connections that have died without a word, and closes them: grpc-js then makes new ones. */
export class Liveness {
  readonly #watched = new WeakMap<Session, Watched>();

  /** @param now milliseconds of a clock that never goes back */
  check(connections: readonly Connection[], now: number): void {
    for (const connection of connections) this.#checkOne(connection, now);
  }

  #checkOne({ session, callsUnderWay, giveUp }: Connection, now: number): void {
    const { bytesRead } = session.socket;
    const known = this.#watched.get(session);
    const watched = known ?? { bytesRead, waitingSince: undefined, pingAt: undefined, isAcknowledged: false };
    if (known === undefined) this.#watched.set(session, watched);
    if (bytesRead !== watched.bytesRead) {
      watched.bytesRead = bytesRead;
      watched.waitingSince = undefined;
      watched.pingAt = undefined;
    }
    if (callsUnderWay === 0) return;
    // a call that has ended by its deadline meanwhile was not answered either: the silence goes on
    watched.waitingSince ??= now;
    const { pingAt, waitingSince, isAcknowledged } = watched;
    if (pingAt !== undefined && !isAcknowledged) {
      if (now - pingAt >= ackMs) giveUp();
    } else if (now - waitingSince >= silentMs && (pingAt === undefined || now - pingAt >= pingIntervalMs)) {
      sendPing(session, watched, now);
    }
  }
}

function sendPing(session: Session, watched: Watched, now: number): void {
  watched.pingAt = now;
  watched.isAcknowledged = false;
  session.ping((error) => {
    if (error !== null) return;
    watched.isAcknowledged = true;
    // a server that only acknowledges has sent nothing that allows another PING
    watched.bytesRead += ackBytes;
  });
}

/** The connections of a client that are up, from the private fields of the pinned grpc-js. */
export function connectionsOf(client: Client): readonly Connection[] {
  const pool = read(client.getChannel(), 'internalChannel', 'subchannelPool', 'pool');
  const entries: unknown[] = Object.values(Object(pool)).flat();
  return entries.flatMap((entry) => {
    const transport = read(entry, 'subchannel', 'transport');
    const session = read(transport, 'session');
    const calls = read(transport, 'activeCalls');
    const disconnect = read(transport, 'handleDisconnect');
    if (!isOpenSession(session) || !(calls instanceof Set) || typeof disconnect !== 'function') return [];
    const giveUp = (): void => void Reflect.apply(disconnect, transport, []);
    return [{ session, callsUnderWay: calls.size, giveUp }];
  });
}

function read(from: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined),
    from,
  );
}

function isOpenSession(value: unknown): value is Session {
  return typeof value === 'object' && value !== null && 'destroyed' in value && value.destroyed === false;
}
