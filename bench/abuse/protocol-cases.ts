import {
  block,
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  headers,
  message,
  PADDED,
  PRIORITY,
  request,
  setting,
  Type,
  word,
} from '../../test/transport/support/frames.ts';
import { setNumMessage } from './messages.ts';
import { Peer } from './peer.ts';

/** One wrong thing, and what has to come of it. */
export interface ProtocolCase {
  readonly name: string;
  readonly bytes: Buffer;
}

const answerWithinMs = 2_000;
const setNum = '/NumStore/SetNum';
const one = setNumMessage('k', 1n);

/** A call that is right but for its header list. */
const withHead = (more: Readonly<Record<string, string>>, path = setNum): Buffer =>
  Buffer.concat([headers(1, request(path, more)), data(1, one)]);
/** A call that is right but for its content. */
const withContent = (content: Uint8Array, more: Readonly<Record<string, string>> = {}): Buffer =>
  Buffer.concat([headers(1, request(setNum, more)), data(1, content)]);
/** A call that is right but for its message. */
const withMessage = (hex: string): Buffer => withContent(message(Buffer.from(hex, 'hex')));
const open = headers(1, request(setNum));
const noContent = Buffer.alloc(0);

function manyFrames(content: Buffer): Buffer {
  const parts: Buffer[] = [open];
  for (let start = 0; start < content.length; start += 16_384) {
    parts.push(data(1, content.subarray(start, start + 16_384), start + 16_384 >= content.length ? 1 : 0));
  }
  return Buffer.concat(parts);
}

const cases: Readonly<Record<string, Buffer>> = {
  'a call that is right': withHead({}),
  'no te': withHead({ te: '' }),
  'method GET': withHead({ ':method': 'GET' }),
  'content-type application/json': withHead({ 'content-type': 'application/json' }),
  'content-type application/grpcfoo': withHead({ 'content-type': 'application/grpcfoo' }),
  'content-type application/grpc+proto': withHead({ 'content-type': 'application/grpc+proto' }),
  'no content-type': withHead({ 'content-type': '' }),
  'a path that nobody serves': withHead({}, '/NumStore/Nothing'),
  'a path without a slash': withHead({}, 'NumStore'),
  'grpc-timeout 600H': withHead({ 'grpc-timeout': '600H' }),
  'grpc-timeout 99999999H': withHead({ 'grpc-timeout': '99999999H' }),
  'grpc-timeout 123456789S (nine digits)': withHead({ 'grpc-timeout': '123456789S' }),
  'grpc-timeout -1S': withHead({ 'grpc-timeout': '-1S' }),
  'grpc-timeout 1x': withHead({ 'grpc-timeout': '1x' }),
  'grpc-timeout 0n': withHead({ 'grpc-timeout': '0n' }),
  'grpc-encoding zstd': withHead({ 'grpc-encoding': 'zstd' }),
  'compressed flag without an encoding': withContent(message(one.subarray(5), 1)),
  'compressed flag 2': withContent(message(one.subarray(5), 2)),
  'bad gzip': withContent(message('not gzip', 1), { 'grpc-encoding': 'gzip' }),
  'a -bin value that is not base64': withHead({ 'x-bin': '***' }),
  'metadata of 100 KB': Buffer.concat([
    frame(Type.headers, 0, 1, block(request(setNum))),
    ...Array.from({ length: 7 }, (_, index) =>
      frame(Type.continuation, index === 6 ? END_HEADERS : 0, 1, block([[`x-${index}`, 'v'.repeat(15_000)]])),
    ),
    data(1, one),
  ]),
  'a field name in upper case': withHead({ 'X-Upper': '1' }),
  'a connection header': withHead({ connection: 'close' }),
  'content-length that is not the length': withHead({ 'content-length': '3' }),
  'no message': withContent(noContent),
  'two messages': withContent(Buffer.concat([one, one])),
  'a message cut short': withContent(one.subarray(0, -1)),
  'a message that announces 4 GB': withContent(Buffer.from('00ffffffff00', 'hex')),
  'a message of 65 537 bytes': manyFrames(message(Buffer.alloc(65_537))),
  'bad wire type': withMessage('0f'),
  'field number 0': withMessage('0001'),
  'a varint of 11 bytes': withMessage('10ffffffffffffffffffff01'),
  'a length beyond the end': withMessage('0aff01'),
  'groups nested 10 000 deep': withMessage('1b'.repeat(10_000)),
  'a key that is not UTF-8': withMessage('0a02fffe'),
  'an overlong UTF-8 key': withMessage('0a02c0af'),
  'a key of 1025 bytes': withContent(setNumMessage('k'.repeat(1_025), 1n)),
  'a key with a NUL': withContent(setNumMessage('\0', 1n)),
  'an unknown field and no key': withMessage('1a0161'),
  'DATA on stream 0': frame(Type.data, 0, 0, one),
  'DATA on an idle stream': data(5, one),
  'HEADERS on an even stream': headers(2, request(setNum)),
  'HEADERS on stream 0': headers(0, request(setNum)),
  'a stream id that goes back': Buffer.concat([headers(5, request(setNum)), headers(3, request(setNum))]),
  'no pseudo-fields': headers(1, [['a', 'b']], END_HEADERS | END_STREAM),
  'two :path': headers(1, [...request(setNum), [':path', '/']], END_HEADERS | END_STREAM),
  'HPACK index 0': frame(Type.headers, END_HEADERS | END_STREAM, 1, '80'),
  'HPACK index beyond the table': frame(Type.headers, END_HEADERS | END_STREAM, 1, 'ff8001'),
  'HPACK integer without end': frame(Type.headers, END_HEADERS | END_STREAM, 1, `ff${'ff'.repeat(20)}`),
  'HPACK table larger than announced': frame(Type.headers, END_HEADERS | END_STREAM, 1, '3fffffff07'),
  'Huffman code that does not exist': frame(Type.headers, END_HEADERS | END_STREAM, 1, '0084ffffffff00'),
  'CONTINUATION without HEADERS': frame(Type.continuation, END_HEADERS, 1, '82'),
  'another frame inside a header list': Buffer.concat([
    frame(Type.headers, 0, 1, block(request(setNum))),
    frame(Type.ping, 0, 0, '0000000000000000'),
  ]),
  'a stream that depends on itself': frame(
    Type.headers,
    END_HEADERS | END_STREAM | PRIORITY,
    1,
    Buffer.concat([Buffer.from('0000000110', 'hex'), block(request(setNum))]),
  ),
  'more padding than content': Buffer.concat([open, frame(Type.data, PADDED | END_STREAM, 1, 'ff00')]),
  'a frame larger than allowed': frame(Type.data, 0, 1, Buffer.alloc(16_385)),
  'WINDOW_UPDATE of 0 on the connection': frame(Type.window, 0, 0, word(0)),
  'WINDOW_UPDATE of 0 on a stream': Buffer.concat([open, frame(Type.window, 0, 1, word(0))]),
  'a connection window beyond 2^31-1': frame(Type.window, 0, 0, word(2 ** 31 - 1)),
  'a stream window beyond 2^31-1': Buffer.concat([open, frame(Type.window, 0, 1, word(2 ** 31 - 1))]),
  'SETTINGS on a stream': frame(Type.settings, 0, 1),
  'SETTINGS of 5 bytes': frame(Type.settings, 0, 0, '0001000000'),
  'SETTINGS with a window of 2^31': frame(Type.settings, 0, 0, setting(4, 2 ** 31)),
  'SETTINGS with frames of 1 byte': frame(Type.settings, 0, 0, setting(5, 1)),
  'PING of 7 bytes': frame(Type.ping, 0, 0, '00000000000000'),
  'PING on a stream': frame(Type.ping, 0, 1, '0000000000000000'),
  'RST_STREAM on an idle stream': frame(Type.reset, 0, 7, word(8)),
  'PUSH_PROMISE from a client': frame(Type.push, END_HEADERS, 1, '0000000282'),
  'an unknown type of frame': Buffer.concat([frame(0xbb, 0, 0, '00'), withHead({})]),
};

export const protocolCases: readonly ProtocolCase[] = Object.entries(cases).map(([name, bytes]) => ({
  name,
  bytes,
}));

/** Sends a case on a connection of its own; answers what the server says first. */
export async function tryCase(port: number, { bytes }: ProtocolCase): Promise<string> {
  const peer = await Peer.open(port);
  try {
    await peer.send(bytes);
    return await peer.answer(answerWithinMs);
  } finally {
    peer.destroy();
  }
}
