import type { ErrorCode } from '../frames/errors.ts';
import type { FrameWriter } from '../frames/frame-writer.ts';
import type { Limits } from '../frames/limits.ts';
import type { PeerSettings } from '../frames/settings.ts';
import type { HpackEncoder } from '../hpack/encoder.ts';
import type { Sender } from './sender.ts';
import type { Stream } from './stream.ts';

/** What a stream needs of its connection. */
export interface StreamHost {
  readonly writer: FrameWriter;
  readonly encoder: HpackEncoder;
  readonly sender: Sender;
  readonly peer: PeerSettings;
  readonly limits: Limits;
  /** Received bytes that streams hold until somebody takes them. */
  bufferedBytes: number;
  /** Sends what was written, once this turn's work is done. */
  scheduleFlush(): void;
  /** Sends what waits in outboxes, as far as windows allow, once this turn's work is done. */
  schedulePump(): void;
  /** Both sides have ended. */
  completeStream(stream: Stream): void;
  /** Sends RST_STREAM and forgets the stream. */
  resetStream(stream: Stream, code: ErrorCode): void;
}
