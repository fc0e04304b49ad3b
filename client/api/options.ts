import type { ClientTlsOptions } from '../../transport/index.ts';
import type { ExactProgress } from './exact-factorial.ts';
import type { Timing } from './trailers.ts';

/** Where the server is, and how long to wait for it. */
export interface ClientOptions {
  /**
   * Name or address of the server; or several as `host[:port],...`, or a name with several addresses as
   * `dns:///name[:port]`: then calls go round those that are up @default '127.0.0.1'
   */
  readonly host?: string | undefined;
  /** the TCP port, where `host` names none @default 5440 */
  readonly port?: number | undefined;
  /**
   * milliseconds after which a call is given up; Infinity: never
   * @default 10_000, and 60_000 for factExact and listNums
   */
  readonly deadlineMs?: number | undefined;
  /** milliseconds to wait for the connection; Infinity: as long as it takes @default 5_000 */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * Whether a call that changes nothing is tried again, up to four times within its deadline, while the server is
   * UNAVAILABLE. A write never is. @default true
   */
  readonly retries?: boolean | undefined;
  /**
   * TLS: whom to trust, and what to show to a server that asks for a certificate (mutual TLS); `{}` trusts the
   * authorities that Node trusts. @default none, clear text
   */
  readonly tls?: TlsOptions | undefined;
  /**
   * Says who calls: sent with every call. A function is asked before each, so that a token may change while the client
   * is open. Without `tls` everybody on the way can read it. @default none
   */
  readonly token?: Token | undefined;
}

/** What a caller may say about one call. */
export interface CallOptions {
  /** milliseconds after which this call is given up; Infinity: never @default that of the client */
  readonly deadlineMs?: number | undefined;
  /** aborting it cancels the call */
  readonly signal?: AbortSignal | undefined;
  /** asks the server where its time went; called before the call ends, unless the server does not say */
  readonly onTiming?: ((timing: Timing) => void) | undefined;
  /**
   * Asks for the number of a write: those of one store are numbered in the order in which they took effect. Called
   * before the call ends, unless the server does not say, as of a call that writes nothing.
   */
  readonly onRevision?: ((revision: bigint) => void) | undefined;
}

/** What a caller may say about one listing. */
export interface ListOptions extends CallOptions {
  /** only keys that begin with it @default '', all */
  readonly prefix?: string | undefined;
  /** only keys after it, in byte order @default '', from the first key on */
  readonly startAfter?: string | undefined;
  /** at most so many entries @default 0n, no limit */
  readonly limit?: bigint | undefined;
}

/** What a caller may say about one exact factorial. */
export interface ExactOptions extends CallOptions {
  /** called as the answer arrives */
  readonly onProgress?: ((progress: ExactProgress) => void) | undefined;
}

/** Whom a client trusts, and what it shows; everything in PEM. */
export type TlsOptions = ClientTlsOptions;

/** What says who calls: the token, or what answers the one to send with the next call. */
export type Token = string | (() => string);

/** How connections are kept from others, and who calls. Plain data: threads are started with it. */
export interface Security {
  /** undefined: clear text */
  readonly tls?: TlsOptions | undefined;
  readonly token?: string | undefined;
}
