import { readUint31, readUint32 } from './bytes.ts';
import { ConnectionFault, ErrorCode, StreamFault } from './errors.ts';

/** Checks and reads the frames with a fixed layout (RFC 9113 6). */

/** @throws ConnectionFault PROTOCOL_ERROR if the frame is on a stream */
export function assertOnConnection(name: string, streamId: number): void {
  if (streamId !== 0) throw new ConnectionFault(ErrorCode.protocolError, `${name} on a stream`);
}

/** @throws ConnectionFault PROTOCOL_ERROR if the frame is on no stream */
export function assertOnStream(name: string, streamId: number): void {
  if (streamId === 0) throw new ConnectionFault(ErrorCode.protocolError, `${name} on stream 0`);
}

/** @throws ConnectionFault FRAME_SIZE_ERROR for another length */
export function assertLength(name: string, length: number, expected: number): void {
  if (length !== expected) {
    throw new ConnectionFault(ErrorCode.frameSizeError, `${name} of ${length} bytes, expected ${expected}`);
  }
}

/** RST_STREAM (RFC 9113 6.4): its error code. */
export function readReset(streamId: number, bytes: Buffer, start: number, end: number): number {
  assertOnStream('RST_STREAM', streamId);
  assertLength('RST_STREAM', end - start, 4);
  return readUint32(bytes, start);
}

/** PRIORITY (RFC 9113 6.3): checked, and otherwise ignored. */
export function checkPriority(streamId: number, bytes: Buffer, start: number, end: number): void {
  assertOnStream('PRIORITY', streamId);
  if (end - start !== 5)
    throw new StreamFault(streamId, ErrorCode.frameSizeError, 'PRIORITY of a broken length');
  if (dependsOnItself(streamId, bytes, start))
    throw new StreamFault(streamId, ErrorCode.protocolError, selfDependency);
}

/** A stream cannot depend on itself (RFC 7540 5.3.1). RFC 9113 drops dependencies, not all peers do. */
export const selfDependency = 'A stream that depends on itself';

/** Whether the dependency at `at` is the stream's own id. */
export function dependsOnItself(streamId: number, bytes: Buffer, at: number): boolean {
  return readUint31(bytes, at) === streamId;
}

/** The content of GOAWAY. */
export interface Goaway {
  /** The last stream that the peer processes. */
  readonly lastStreamId: number;
  readonly code: number;
  readonly debug: string;
}

/** GOAWAY (RFC 9113 6.8). */
export function readGoaway(streamId: number, bytes: Buffer, start: number, end: number): Goaway {
  assertOnConnection('GOAWAY', streamId);
  if (end - start < 8) throw new ConnectionFault(ErrorCode.frameSizeError, 'GOAWAY is too short');
  return {
    lastStreamId: readUint31(bytes, start),
    code: readUint32(bytes, start + 4),
    debug: bytes.toString('latin1', start + 8, end),
  };
}

/**
 * WINDOW_UPDATE (RFC 9113 6.9): its increment. 0 is an error of the stream, or of the connection.
 */
export function readIncrement(streamId: number, bytes: Buffer, start: number, end: number): number {
  assertLength('WINDOW_UPDATE', end - start, 4);
  const increment = readUint31(bytes, start);
  if (increment > 0) return increment;
  const message = 'WINDOW_UPDATE of 0';
  if (streamId === 0) throw new ConnectionFault(ErrorCode.protocolError, message);
  throw new StreamFault(streamId, ErrorCode.protocolError, message);
}
