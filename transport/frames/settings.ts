import { readUint32, writeUint32 } from './bytes.ts';
import { ConnectionFault, ErrorCode } from './errors.ts';
import { windowBytesMax } from './flow-control.ts';
import { defaultFrameBytesMax, frameBytesLimit } from './frames.ts';

/** Identifiers of settings (RFC 9113 6.5.2). */
export const Setting = {
  headerTableSize: 0x1,
  enablePush: 0x2,
  maxConcurrentStreams: 0x3,
  initialWindowSize: 0x4,
  maxFrameSize: 0x5,
  maxHeaderListSize: 0x6,
} as const;

/** Identifier and value (RFC 9113 6.5.1). */
const settingBytes = 6;

/** The peer's settings: the protocol's defaults until its SETTINGS come. */
export class PeerSettings {
  headerTableSize = 4_096;
  maxConcurrentStreams = Number.POSITIVE_INFINITY;
  initialWindowSize = 65_535;
  maxFrameSize = defaultFrameBytesMax;

  /**
   * Applies the payload of a SETTINGS frame in order. Unknown settings are ignored (RFC 9113 6.5).
   * @param mayPush whether the peer may set SETTINGS_ENABLE_PUSH to 1: a client may, a server may
   * not
   * @throws ConnectionFault for a bad length or a value out of range
   */
  apply(bytes: Uint8Array, start: number, end: number, mayPush: boolean): void {
    if ((end - start) % settingBytes !== 0) {
      throw new ConnectionFault(ErrorCode.frameSizeError, 'A SETTINGS frame of a broken length');
    }
    for (let at = start; at < end; at += settingBytes) {
      const id = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
      this.#set(id, readUint32(bytes, at + 2), mayPush);
    }
  }

  #set(id: number, value: number, mayPush: boolean): void {
    switch (id) {
      case Setting.headerTableSize:
        this.headerTableSize = value;
        return;
      case Setting.enablePush:
        assertSetting(value <= (mayPush ? 1 : 0), ErrorCode.protocolError, 'ENABLE_PUSH');
        return;
      case Setting.maxConcurrentStreams:
        this.maxConcurrentStreams = value;
        return;
      case Setting.initialWindowSize:
        assertSetting(value <= windowBytesMax, ErrorCode.flowControlError, 'INITIAL_WINDOW_SIZE');
        this.initialWindowSize = value;
        return;
      case Setting.maxFrameSize: {
        const isAllowed = value >= defaultFrameBytesMax && value <= frameBytesLimit;
        assertSetting(isAllowed, ErrorCode.protocolError, 'MAX_FRAME_SIZE');
        this.maxFrameSize = value;
        return;
      }
      default:
    }
  }
}

function assertSetting(isAllowed: boolean, code: ErrorCode, name: string): void {
  if (!isAllowed) throw new ConnectionFault(code, `SETTINGS_${name} is out of range`);
}

/** The payload of a SETTINGS frame. */
export function encodeSettings(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(settings.length * settingBytes);
  for (const [index, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, index * settingBytes);
    writeUint32(payload, index * settingBytes + 2, value);
  }
  return payload;
}
