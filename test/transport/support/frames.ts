import { HpackDecoder } from '../../../transport/hpack/decoder.ts';

export { ErrorCode } from '../../../transport/frames/errors.ts';

/** Bytes of frames, built without the code under test. */

export const Type = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const;
export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;
export const PADDED = 8;
export const PRIORITY = 32;

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array | string = '',
): Buffer {
  const content = typeof payload === 'string' ? Buffer.from(payload, 'hex') : payload;
  const head = Buffer.alloc(9);
  head.writeUIntBE(content.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, content]);
}

export function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function setting(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(id);
  bytes.writeUInt32BE(value, 2);
  return bytes;
}

/** A header block of literals that touch no table. */
export function block(fields: readonly (readonly [string, string])[]): Buffer {
  const parts = fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]);
  return Buffer.concat(parts);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const rest = bytes.length - 127;
  const length: number[] = [127];
  let left = rest;
  for (; left >= 128; left = Math.floor(left / 128)) length.push((left % 128) | 128);
  return Buffer.concat([Buffer.from([...length, left]), bytes]);
}

/** The head of a gRPC request; `more` replaces or adds, an empty value leaves the field out. */
export function request(path: string, more: Readonly<Record<string, string>> = {}): [string, string][] {
  const usual = {
    ':method': 'POST',
    ':scheme': 'http',
    ':path': path,
    ':authority': 'test',
    te: 'trailers',
    'content-type': 'application/grpc',
  };
  return Object.entries({ ...usual, ...more }).filter(([, value]) => value !== '');
}

export function headers(
  streamId: number,
  fields: readonly (readonly [string, string])[],
  flags = END_HEADERS,
): Buffer {
  return frame(Type.headers, flags, streamId, block(fields));
}

export function data(streamId: number, content: Uint8Array, flags = END_STREAM): Buffer {
  return frame(Type.data, flags, streamId, content);
}

/** A length-prefixed message. */
export function message(content: Uint8Array | string, flag = 0): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([flag]), word(bytes.length), bytes]);
}

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
  /** Of HEADERS: the fields. */
  readonly fields: ReadonlyMap<string, string>;
}

/** Cuts what a server sends into frames. */
export class FrameCutter {
  readonly #decoder = new HpackDecoder(4096, 1 << 20);
  #bytes = Buffer.alloc(0);

  push(chunk: Buffer): Frame[] {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const frames: Frame[] = [];
    while (this.#bytes.length >= 9 && this.#bytes.length >= 9 + this.#bytes.readUIntBE(0, 3)) {
      const end = 9 + this.#bytes.readUIntBE(0, 3);
      frames.push(this.#frame(this.#bytes.subarray(0, end)));
      this.#bytes = this.#bytes.subarray(end);
    }
    return frames;
  }

  #frame(bytes: Buffer): Frame {
    const payload = bytes.subarray(9);
    const type = bytes.readUInt8(3);
    const list = type === Type.headers ? this.#decoder.decode(payload, 0, payload.length).fields : [];
    const fields = new Map(list.map(({ name, value }) => [name, value]));
    return { type, flags: bytes.readUInt8(4), streamId: bytes.readUInt32BE(5), payload, fields };
  }
}
