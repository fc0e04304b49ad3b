import type { ExactProgress } from './exact/assembly.ts';
import type { Timing } from './timing.ts';

/** Where the server is, and how long to wait for it. */
export interface ClientOptions {
  /** name or address of the server @default '127.0.0.1' */
  readonly host?: string | undefined;
  /** its TCP port @default 5440 */
  readonly port?: number | undefined;
  /** milliseconds after which a call is given up @default 10_000, and 60_000 for factExact */
  readonly deadlineMs?: number | undefined;
  /** milliseconds to wait for the connection @default 5_000 */
  readonly connectTimeoutMs?: number | undefined;
}

/** What a caller may say about one call. */
export interface CallOptions {
  /** milliseconds after which this call is given up @default that of the client */
  readonly deadlineMs?: number | undefined;
  /** aborting it cancels the call */
  readonly signal?: AbortSignal | undefined;
  /** asks the server where its time went; called before the call ends, unless the server does not say */
  readonly onTiming?: ((timing: Timing) => void) | undefined;
}

/** What a caller may say about one exact factorial. */
export interface ExactOptions extends CallOptions {
  /** called as the answer arrives */
  readonly onProgress?: ((progress: ExactProgress) => void) | undefined;
}
