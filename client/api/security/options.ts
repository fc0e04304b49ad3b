import type { ClientTlsOptions } from '../../../transport/index.ts';

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
