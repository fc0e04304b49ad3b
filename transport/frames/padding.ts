import { ConnectionFault, ErrorCode } from './errors.ts';
import { Flag } from './frames.ts';

/** The weight and the dependency that a HEADERS frame may begin with: ignored (RFC 9113 5.3.2). */
export const priorityBytes = 5;

/**
 * Where the content of a DATA or HEADERS frame ends once its padding is taken off (RFC 9113 6.1).
 * @throws ConnectionFault PROTOCOL_ERROR if the padding is as long as the payload or longer
 */
export function contentEnd(flags: number, bytes: Buffer, start: number, end: number): number {
  if ((flags & Flag.padded) === 0) return end;
  if (start >= end)
    throw new ConnectionFault(ErrorCode.frameSizeError, 'A padded frame without a pad length');
  const padding = bytes[start] ?? 0;
  if (padding >= end - start) {
    throw new ConnectionFault(ErrorCode.protocolError, 'The padding is longer than the frame');
  }
  return end - padding;
}

/**
 * Where the header block of a HEADERS frame begins: after pad length and priority (RFC 9113 6.2).
 * @throws ConnectionFault FRAME_SIZE_ERROR if the frame is too short for what its flags announce
 */
export function blockStart(flags: number, start: number, end: number): number {
  const padLength = (flags & Flag.padded) === 0 ? 0 : 1;
  const priority = (flags & Flag.priority) === 0 ? 0 : priorityBytes;
  const at = start + padLength + priority;
  if (at > end) throw new ConnectionFault(ErrorCode.frameSizeError, 'A HEADERS frame is too short');
  return at;
}
