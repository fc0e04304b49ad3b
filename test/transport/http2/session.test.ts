import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { GrpcListener } from '../../../transport/index.ts';
import { createEchoLog, openEcho } from '../support/echo.ts';
import {
  ACK,
  block,
  data,
  END_HEADERS,
  END_STREAM,
  type Frame,
  frame,
  headers,
  message,
  PADDED,
  PRIORITY,
  preface,
  request,
  setting,
  Type,
  word,
} from '../support/frames.ts';
import { RawClient } from '../support/raw-client.ts';

/** What a client must not do, and what happens to it. One row, one rule. */

const PROTOCOL = 1;
const FLOW_CONTROL = 3;
const STREAM_CLOSED = 5;
const FRAME_SIZE = 6;
const COMPRESSION = 9;
const CALM = 11;

const unary = request('/test.Echo/Unary');
const never = request('/test.Echo/Never');
const open = (id: number): Buffer => headers(id, unary);
const whole = (id: number): Buffer => Buffer.concat([open(id), data(id, message('x'))]);
/** A call that has been heard, and is not answered. */
const pending = (id: number): Buffer => Buffer.concat([headers(id, never), data(id, message('x'))]);
/** HEADERS of a call that depends on itself. */
const selfDependent = (id: number, flags: number): Buffer =>
  frame(Type.headers, flags | PRIORITY, id, Buffer.concat([word(id), Buffer.from([16]), block(unary)]));
const without = (name: string): [string, string][] => request('/test.Echo/Unary', { [name]: '' });
const withField = (name: string, value: string): [string, string][] => [...unary, [name, value]];

type Row = readonly [law: string, kind: 'connection' | 'stream', code: number, ...sent: readonly Buffer[]];

const rows: readonly Row[] = [
  [
    '4.1: a frame on a stream that is longer than announced is a FRAME_SIZE_ERROR',
    'connection',
    FRAME_SIZE,
    data(1, Buffer.alloc(16_385)),
  ],
  [
    '4.2: the limit of a frame counts for HEADERS too',
    'connection',
    FRAME_SIZE,
    frame(Type.headers, 4, 1, Buffer.alloc(16_385)),
  ],
  [
    '4.3: a header block that cannot be decoded is a COMPRESSION_ERROR',
    'connection',
    COMPRESSION,
    frame(Type.headers, 5, 1, 'be'),
  ],
  [
    '4.3: a header block cut off inside a field is a COMPRESSION_ERROR',
    'connection',
    COMPRESSION,
    frame(Type.headers, 5, 1, '000561'),
  ],
  ['5.1: DATA on an idle stream is a PROTOCOL_ERROR', 'connection', PROTOCOL, data(1, message('x'))],
  [
    '5.1: RST_STREAM on an idle stream is a PROTOCOL_ERROR',
    'connection',
    PROTOCOL,
    frame(Type.reset, 0, 1, word(8)),
  ],
  [
    '5.1: WINDOW_UPDATE on an idle stream is a PROTOCOL_ERROR',
    'connection',
    PROTOCOL,
    frame(Type.window, 0, 1, word(8)),
  ],
  [
    '5.1: CONTINUATION on an idle stream is a PROTOCOL_ERROR',
    'connection',
    PROTOCOL,
    frame(Type.continuation, 4, 1, ''),
  ],
  [
    '5.1: DATA after END_STREAM is a STREAM_CLOSED of the stream',
    'stream',
    STREAM_CLOSED,
    pending(1),
    data(1, message('y')),
  ],
  [
    '5.1: HEADERS after END_STREAM is a STREAM_CLOSED of the stream',
    'stream',
    STREAM_CLOSED,
    pending(1),
    headers(1, unary, 5),
  ],
  [
    '5.1: DATA after RST_STREAM is a STREAM_CLOSED of the stream',
    'stream',
    STREAM_CLOSED,
    headers(1, never),
    frame(Type.reset, 0, 1, word(8)),
    data(1, message('y')),
  ],
  [
    '5.1: HEADERS after RST_STREAM is a STREAM_CLOSED of the stream',
    'stream',
    STREAM_CLOSED,
    headers(1, never),
    frame(Type.reset, 0, 1, word(8)),
    headers(1, unary, 5),
  ],
  ['5.1.1: an even stream id from a client is a PROTOCOL_ERROR', 'connection', PROTOCOL, open(2)],
  [
    '5.1.1: a stream id below one that was used is a PROTOCOL_ERROR',
    'connection',
    PROTOCOL,
    pending(5),
    open(3),
  ],
  ...(
    [
      ['PRIORITY on itself', frame(Type.priority, 0, 1, '0000000100')],
      ['PRIORITY of another length than 5', frame(Type.priority, 0, 1, '00000000')],
      ['WINDOW_UPDATE of 0', frame(Type.window, 0, 1, word(0))],
    ] as const
  ).map(([name, bytes]): Row => {
    const code = name.includes('length') ? FRAME_SIZE : PROTOCOL;
    return [`5.1: ${name} on an idle stream ends the connection`, 'connection', code, bytes];
  }),
  [
    '5.3.1: PRIORITY of a stream that depends on itself is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    pending(1),
    frame(Type.priority, 0, 1, '0000000100'),
  ],
  [
    '5.3.1: HEADERS of a stream that depends on itself are a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    selfDependent(1, END_HEADERS),
  ],
  [
    '5.3.1: trailers of a stream that depends on itself are a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, never),
    frame(Type.headers, END_HEADERS | END_STREAM | PRIORITY, 1, '0000000100'),
  ],
  ['6.1: DATA on stream 0 is a PROTOCOL_ERROR', 'connection', PROTOCOL, data(0, message('x'))],
  [
    '6.1: padding as long as the DATA frame is a PROTOCOL_ERROR',
    'connection',
    PROTOCOL,
    open(1),
    frame(Type.data, PADDED, 1, '04000000'),
  ],
  [
    '6.1: a padded DATA frame without a pad length is an error',
    'connection',
    FRAME_SIZE,
    open(1),
    frame(Type.data, PADDED, 1, ''),
  ],
  ['6.2: HEADERS on stream 0 is a PROTOCOL_ERROR', 'connection', PROTOCOL, headers(0, unary)],
  [
    '6.2: padding longer than the header block is a PROTOCOL_ERROR',
    'connection',
    PROTOCOL,
    frame(Type.headers, END_HEADERS | PADDED | PRIORITY, 1, '0600000000108200'),
  ],
  [
    '6.2: HEADERS too short for its priority is a FRAME_SIZE_ERROR',
    'connection',
    FRAME_SIZE,
    frame(Type.headers, END_HEADERS | PRIORITY, 1, '000000'),
  ],
  [
    '6.2: another frame inside a header block is a PROTOCOL_ERROR',
    'connection',
    PROTOCOL,
    headers(1, unary, 0),
    frame(Type.ping, 0, 0, '0000000000000000'),
  ],
  [
    '6.3: PRIORITY on stream 0 is a PROTOCOL_ERROR',
    'connection',
    PROTOCOL,
    frame(Type.priority, 0, 0, '0000000100'),
  ],
  [
    '6.3: PRIORITY of another length than 5 is a FRAME_SIZE_ERROR of the stream',
    'stream',
    FRAME_SIZE,
    pending(1),
    frame(Type.priority, 0, 1, '00000000'),
  ],
  [
    '6.4: RST_STREAM on stream 0 is a PROTOCOL_ERROR',
    'connection',
    PROTOCOL,
    frame(Type.reset, 0, 0, word(8)),
  ],
  [
    '6.4: RST_STREAM of another length than 4 is a FRAME_SIZE_ERROR',
    'connection',
    FRAME_SIZE,
    pending(1),
    frame(Type.reset, 0, 1, '000000'),
  ],
  ['6.5: SETTINGS on a stream is a PROTOCOL_ERROR', 'connection', PROTOCOL, frame(Type.settings, 0, 1, '')],
  [
    '6.5: SETTINGS with ACK and content is a FRAME_SIZE_ERROR',
    'connection',
    FRAME_SIZE,
    frame(Type.settings, ACK, 0, '000100000000'),
  ],
  [
    '6.5: SETTINGS of a length that is no multiple of 6 is a FRAME_SIZE_ERROR',
    'connection',
    FRAME_SIZE,
    frame(Type.settings, 0, 0, '0001'),
  ],
  [
    '6.5.2: SETTINGS_ENABLE_PUSH of 2 is a PROTOCOL_ERROR',
    'connection',
    PROTOCOL,
    frame(Type.settings, 0, 0, setting(2, 2)),
  ],
  [
    '6.5.2: SETTINGS_INITIAL_WINDOW_SIZE of 2^31 is a FLOW_CONTROL_ERROR',
    'connection',
    FLOW_CONTROL,
    frame(Type.settings, 0, 0, setting(4, 2 ** 31)),
  ],
  [
    '6.5.2: SETTINGS_MAX_FRAME_SIZE of 16383 is a PROTOCOL_ERROR',
    'connection',
    PROTOCOL,
    frame(Type.settings, 0, 0, setting(5, 16_383)),
  ],
  [
    '6.5.2: SETTINGS_MAX_FRAME_SIZE of 2^24 is a PROTOCOL_ERROR',
    'connection',
    PROTOCOL,
    frame(Type.settings, 0, 0, setting(5, 2 ** 24)),
  ],
  [
    '6.6: PUSH_PROMISE from a client is a PROTOCOL_ERROR',
    'connection',
    PROTOCOL,
    frame(Type.push, 4, 1, '00000002'),
  ],
  [
    '6.7: PING on a stream is a PROTOCOL_ERROR',
    'connection',
    PROTOCOL,
    frame(Type.ping, 0, 1, '0000000000000000'),
  ],
  [
    '6.7: PING of another length than 8 is a FRAME_SIZE_ERROR',
    'connection',
    FRAME_SIZE,
    frame(Type.ping, 0, 0, '00'),
  ],
  [
    '6.8: GOAWAY on a stream is a PROTOCOL_ERROR',
    'connection',
    PROTOCOL,
    frame(Type.goaway, 0, 1, '0000000000000000'),
  ],
  [
    '6.8: GOAWAY shorter than 8 is a FRAME_SIZE_ERROR',
    'connection',
    FRAME_SIZE,
    frame(Type.goaway, 0, 0, '00'),
  ],
  [
    '6.9: WINDOW_UPDATE of 0 on a stream is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    pending(1),
    frame(Type.window, 0, 1, word(0)),
  ],
  [
    '6.9: WINDOW_UPDATE of 0 on the connection is a PROTOCOL_ERROR',
    'connection',
    PROTOCOL,
    frame(Type.window, 0, 0, word(0)),
  ],
  [
    '6.9: WINDOW_UPDATE of another length than 4 is a FRAME_SIZE_ERROR',
    'connection',
    FRAME_SIZE,
    frame(Type.window, 0, 0, '00'),
  ],
  [
    '6.9.1: a connection window beyond 2^31-1 is a FLOW_CONTROL_ERROR',
    'connection',
    FLOW_CONTROL,
    frame(Type.window, 0, 0, word(2 ** 31 - 1)),
  ],
  [
    '6.9.1: a stream window beyond 2^31-1 is a FLOW_CONTROL_ERROR of the stream',
    'stream',
    FLOW_CONTROL,
    pending(1),
    frame(Type.window, 0, 1, word(2 ** 31 - 1)),
  ],
  [
    '6.9.2: a new initial window that overflows a stream window is a FLOW_CONTROL_ERROR',
    'connection',
    FLOW_CONTROL,
    pending(1),
    frame(Type.window, 0, 1, word(2 ** 30)),
    frame(Type.settings, 0, 0, setting(4, 2 ** 31 - 1)),
  ],
  [
    '6.10: CONTINUATION without HEADERS is a PROTOCOL_ERROR',
    'connection',
    PROTOCOL,
    open(1),
    frame(Type.continuation, 4, 1, ''),
  ],
  [
    '6.10: CONTINUATION on another stream is a PROTOCOL_ERROR',
    'connection',
    PROTOCOL,
    headers(1, unary, 0),
    frame(Type.continuation, 4, 3, ''),
  ],
  [
    '6.10: CONTINUATION without end is refused with ENHANCE_YOUR_CALM',
    'connection',
    CALM,
    headers(1, unary, 0),
    ...Array.from({ length: 9 }, () => frame(Type.continuation, 0, 1, '')),
  ],
  [
    '8.1: a second header list without END_STREAM is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    open(1),
    headers(1, [['a', 'b']]),
  ],
  [
    '8.1: trailers with a pseudo-field are a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    open(1),
    headers(1, [[':path', '/']], 5),
  ],
  [
    '8.2.1: an upper-case field name is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, withField('X-Up', 'a')),
  ],
  [
    '8.2.1: a field name with a space is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, withField('a b', 'a')),
  ],
  [
    '8.2.1: an empty field name is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, withField('', 'a')),
  ],
  [
    '8.2.1: NUL in a value is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, withField('a', 'b\0')),
  ],
  [
    '8.2.1: a line break in a value is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, withField('a', 'b\r\nc')),
  ],
  [
    '8.2.1: a space before a value is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, withField('a', ' b')),
  ],
  [
    '8.2.2: connection is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, withField('connection', 'close')),
  ],
  [
    '8.2.2: transfer-encoding is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, withField('transfer-encoding', 'chunked')),
  ],
  [
    '8.2.2: te other than trailers is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, request('/test.Echo/Unary', { te: 'gzip' })),
  ],
  [
    '8.3: an unknown pseudo-field is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, [[':what', 'a'], ...unary]),
  ],
  [
    '8.3: a pseudo-field of responses is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, [[':status', '200'], ...unary]),
  ],
  [
    '8.3: a pseudo-field after a regular one is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, [...without(':path'), [':path', '/test.Echo/Unary']]),
  ],
  [
    '8.3: a repeated pseudo-field is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, [[':path', '/'], ...unary]),
  ],
  [
    '8.3.1: a request without :method is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, without(':method')),
  ],
  [
    '8.3.1: a request without :scheme is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, without(':scheme')),
  ],
  [
    '8.3.1: a request without :path is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, without(':path')),
  ],
  [
    '8.3.1: an empty :path is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, [[':path', ''], ...without(':path')]),
  ],
  [
    '8.1.1: a content-length that differs from the content is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, withField('content-length', '7')),
    data(1, message('x')),
  ],
  [
    '8.1.1: a content-length that is no number is a PROTOCOL_ERROR of the stream',
    'stream',
    PROTOCOL,
    headers(1, withField('content-length', 'x')),
    data(1, message('x')),
  ],
];

let listener: GrpcListener;
before(async () => {
  listener = await openEcho();
});
after(() => listener.close());

for (const [law, kind, code, ...sent] of rows) {
  test(`rfc 9113 ${law}`, { timeout: 5_000 }, async () => {
    await using client = await RawClient.open(listener.port);
    client.send(...sent);
    assert.deepEqual(await client.fault(), { kind, code });
    if (kind === 'connection') return client.closed();
    // The connection goes on.
    client.send(whole(101));
    assert.equal((await client.answer(101)).fields.get('grpc-status'), '0');
  });
}

test('rfc 9113 3.4: anything but the preface ends the connection', async () => {
  await using client = await RawClient.open(listener.port, false);
  client.send(Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n'));
  assert.deepEqual(await client.fault(), { kind: 'connection', code: PROTOCOL });
  await client.closed();
});

test('rfc 9113 3.4: a first frame other than SETTINGS is a PROTOCOL_ERROR', async () => {
  await using client = await RawClient.open(listener.port, false);
  client.send(preface, frame(Type.ping, 0, 0, '0000000000000000'));
  assert.deepEqual(await client.fault(), { kind: 'connection', code: PROTOCOL });
});

test('rfc 9113 5.1: DATA after the response has ended the stream is a STREAM_CLOSED of the connection', async () => {
  await using client = await RawClient.open(listener.port);
  client.send(whole(1));
  await client.answer(1);
  client.send(data(1, message('y')));
  assert.deepEqual(await client.fault(), { kind: 'connection', code: STREAM_CLOSED });
});

test('rfc 9113 6.9.1: more DATA than the stream window is a FLOW_CONTROL_ERROR of the stream', async () => {
  await using small = await openEcho(undefined, { limits: { streamWindowBytes: 100 } });
  await using client = await RawClient.open(small.port);
  client.send(open(1), data(1, Buffer.alloc(101), 0));
  assert.deepEqual(await client.fault(), { kind: 'stream', code: FLOW_CONTROL });
});

test('rfc 9113 6.9.1: the connection window is given back as bytes come, before handlers read them', async () => {
  await using client = await RawClient.open(listener.port);
  client.send(
    headers(1, request('/test.Echo/Chat')),
    data(1, message(Buffer.alloc(60_000)).subarray(0, 16_384), 0),
  );
  for (let id = 3; id < 73; id += 2) client.send(headers(id, never), data(id, Buffer.alloc(16_384, 1), 0));
  const { type, streamId } = await client.until((next) => next.type === Type.window);
  assert.deepEqual({ type, streamId }, { type: Type.window, streamId: 0 });
});

test('rfc 9113 6.5.2: END_STREAM and END_HEADERS mean what they say, whatever other flags are set', async () => {
  await using client = await RawClient.open(listener.port);
  client.send(
    frame(Type.headers, END_HEADERS | 0xc0, 1, block(unary)),
    frame(Type.data, END_STREAM | 0xf0, 1, message('x')),
  );
  assert.equal((await client.answer(1)).fields.get('grpc-status'), '0');
});

test('rfc 9113 5.1: of a stream that we have reset its window may still come, and no more of it', async () => {
  await using server = await openEcho();
  await using client = await RawClient.open(server.port);
  client.send(headers(1, withField('X-Upper', 'x')));
  assert.deepEqual(await client.fault(), { kind: 'stream', code: PROTOCOL });
  const frames = [16_384, 16_384, 16_384, 16_383].map((length) => data(1, Buffer.alloc(length), 0));
  client.send(...frames, whole(3));
  assert.equal((await client.answer(3)).fields.get('grpc-status'), '0');
  client.send(data(1, Buffer.alloc(1), 0));
  assert.deepEqual(await client.fault(), { kind: 'connection', code: FLOW_CONTROL });
  await client.closed();
});

test('rfc 9113 5.1: after RST_STREAM nothing follows: the rest of a header block opens no call', async () => {
  const log = createEchoLog();
  await using server = await openEcho(log);
  await using client = await RawClient.open(server.port);
  client.send(
    selfDependent(1, 0),
    frame(Type.continuation, END_HEADERS, 1, block([['x-more', 'y']])),
    data(1, message('x')),
    frame(Type.window, 0, 1, word(0)),
    frame(Type.priority, 0, 1, '0000000100'),
    whole(3),
  );
  const onFirst: Frame[] = [];
  await client.until((next) => {
    if (next.streamId === 1) onFirst.push(next);
    return next.streamId === 3 && next.fields.has('grpc-status');
  });
  const sent = onFirst.map(({ type, payload }) => [type, payload.readUInt32BE(0)]);
  assert.deepEqual(sent, [[Type.reset, PROTOCOL]]);
  assert.equal(log.begun, 1, 'only the call on stream 3');
});
