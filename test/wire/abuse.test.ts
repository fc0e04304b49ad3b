import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { attacks } from '../../bench/abuse/attacks.ts';
import { protocolCases, tryCase } from '../../bench/abuse/protocol-cases.ts';
import { count } from '../support/scale.ts';
import { patientCaller, type ServedStack, serveStack } from '../support/stack.ts';
import { transport } from '../support/transport.ts';
import { connect } from '../support/wire.ts';

/** A hundredth of what `npm run abuse` sends. */
const share = count(0.01, 0.1);

/** What is not said by both transports alike: grpc-js is lenient in places, and leaves HTTP/2 to nghttp2. */
const answers: Readonly<Record<string, { readonly 'grpc-js': string; readonly native: string }>> = {
  'a call that is right': { 'grpc-js': 'OK', native: 'OK' },
  'no te': { 'grpc-js': 'OK', native: 'OK' },
  'method GET': { 'grpc-js': 'HTTP 405', native: 'HTTP 405' },
  'content-type application/json': { 'grpc-js': 'HTTP 415', native: 'HTTP 415' },
  'content-type application/grpcfoo': { 'grpc-js': 'HTTP 415', native: 'HTTP 415' },
  'content-type application/grpc+proto': { 'grpc-js': 'OK', native: 'OK' },
  'no content-type': { 'grpc-js': 'HTTP 415', native: 'HTTP 415' },
  'a path that nobody serves': { 'grpc-js': 'UNIMPLEMENTED', native: 'UNIMPLEMENTED' },
  'a path without a slash': { 'grpc-js': 'RST_STREAM PROTOCOL_ERROR', native: 'RST_STREAM PROTOCOL_ERROR' },
  'grpc-timeout 600H': { 'grpc-js': 'OK', native: 'OK' },
  'grpc-timeout 99999999H': { 'grpc-js': 'OK', native: 'OK' },
  'grpc-timeout 123456789S (nine digits)': { 'grpc-js': 'INTERNAL', native: 'INTERNAL' },
  'grpc-timeout -1S': { 'grpc-js': 'INTERNAL', native: 'INTERNAL' },
  'grpc-timeout 1x': { 'grpc-js': 'INTERNAL', native: 'INTERNAL' },
  'grpc-timeout 0n': { 'grpc-js': 'DEADLINE_EXCEEDED', native: 'DEADLINE_EXCEEDED' },
  'grpc-encoding zstd': { 'grpc-js': 'OK', native: 'OK' },
  'compressed flag without an encoding': { 'grpc-js': 'OK', native: 'INTERNAL' },
  'compressed flag 2': { 'grpc-js': 'OK', native: 'INTERNAL' },
  'bad gzip': { 'grpc-js': 'INTERNAL', native: 'INTERNAL' },
  'a -bin value that is not base64': { 'grpc-js': 'OK', native: 'OK' },
  'metadata of 100 KB': { 'grpc-js': 'OK', native: 'GOAWAY ENHANCE_YOUR_CALM' },
  'a field name in upper case': {
    'grpc-js': 'RST_STREAM PROTOCOL_ERROR',
    native: 'RST_STREAM PROTOCOL_ERROR',
  },
  'a connection header': { 'grpc-js': 'RST_STREAM PROTOCOL_ERROR', native: 'RST_STREAM PROTOCOL_ERROR' },
  'content-length that is not the length': {
    'grpc-js': 'RST_STREAM PROTOCOL_ERROR',
    native: 'RST_STREAM PROTOCOL_ERROR',
  },
  'no message': { 'grpc-js': 'UNIMPLEMENTED', native: 'UNIMPLEMENTED' },
  'two messages': { 'grpc-js': 'UNIMPLEMENTED', native: 'UNIMPLEMENTED' },
  'a message cut short': { 'grpc-js': 'UNIMPLEMENTED', native: 'INTERNAL' },
  'a message that announces 4 GB': { 'grpc-js': 'RESOURCE_EXHAUSTED', native: 'RESOURCE_EXHAUSTED' },
  'a message of 65 537 bytes': { 'grpc-js': 'RESOURCE_EXHAUSTED', native: 'RESOURCE_EXHAUSTED' },
  'bad wire type': { 'grpc-js': 'INVALID_ARGUMENT', native: 'INVALID_ARGUMENT' },
  'field number 0': { 'grpc-js': 'INVALID_ARGUMENT', native: 'INVALID_ARGUMENT' },
  'a varint of 11 bytes': { 'grpc-js': 'INVALID_ARGUMENT', native: 'INVALID_ARGUMENT' },
  'a length beyond the end': { 'grpc-js': 'INVALID_ARGUMENT', native: 'INVALID_ARGUMENT' },
  'groups nested 10 000 deep': { 'grpc-js': 'INVALID_ARGUMENT', native: 'INVALID_ARGUMENT' },
  'a key that is not UTF-8': { 'grpc-js': 'INVALID_ARGUMENT', native: 'INVALID_ARGUMENT' },
  'an overlong UTF-8 key': { 'grpc-js': 'INVALID_ARGUMENT', native: 'INVALID_ARGUMENT' },
  'a key of 1025 bytes': { 'grpc-js': 'INVALID_ARGUMENT', native: 'INVALID_ARGUMENT' },
  'a key with a NUL': { 'grpc-js': 'OK', native: 'OK' },
  'an unknown field and no key': { 'grpc-js': 'INVALID_ARGUMENT', native: 'INVALID_ARGUMENT' },
  'DATA on stream 0': { 'grpc-js': 'GOAWAY PROTOCOL_ERROR', native: 'GOAWAY PROTOCOL_ERROR' },
  'DATA on an idle stream': { 'grpc-js': 'GOAWAY PROTOCOL_ERROR', native: 'GOAWAY PROTOCOL_ERROR' },
  'HEADERS on an even stream': { 'grpc-js': 'GOAWAY INTERNAL_ERROR', native: 'GOAWAY PROTOCOL_ERROR' },
  'HEADERS on stream 0': { 'grpc-js': 'GOAWAY INTERNAL_ERROR', native: 'GOAWAY PROTOCOL_ERROR' },
  'a stream id that goes back': { 'grpc-js': 'no answer', native: 'GOAWAY PROTOCOL_ERROR' },
  'no pseudo-fields': { 'grpc-js': 'RST_STREAM PROTOCOL_ERROR', native: 'RST_STREAM PROTOCOL_ERROR' },
  'two :path': { 'grpc-js': 'RST_STREAM PROTOCOL_ERROR', native: 'RST_STREAM PROTOCOL_ERROR' },
  'HPACK index 0': { 'grpc-js': 'GOAWAY COMPRESSION_ERROR', native: 'GOAWAY COMPRESSION_ERROR' },
  'HPACK index beyond the table': {
    'grpc-js': 'GOAWAY COMPRESSION_ERROR',
    native: 'GOAWAY COMPRESSION_ERROR',
  },
  'HPACK integer without end': { 'grpc-js': 'GOAWAY COMPRESSION_ERROR', native: 'GOAWAY COMPRESSION_ERROR' },
  'HPACK table larger than announced': {
    'grpc-js': 'GOAWAY COMPRESSION_ERROR',
    native: 'GOAWAY COMPRESSION_ERROR',
  },
  'Huffman code that does not exist': {
    'grpc-js': 'GOAWAY COMPRESSION_ERROR',
    native: 'GOAWAY COMPRESSION_ERROR',
  },
  'CONTINUATION without HEADERS': { 'grpc-js': 'GOAWAY PROTOCOL_ERROR', native: 'GOAWAY PROTOCOL_ERROR' },
  'another frame inside a header list': {
    'grpc-js': 'GOAWAY PROTOCOL_ERROR',
    native: 'GOAWAY PROTOCOL_ERROR',
  },
  'a stream that depends on itself': {
    'grpc-js': 'GOAWAY INTERNAL_ERROR',
    native: 'RST_STREAM PROTOCOL_ERROR',
  },
  'more padding than content': { 'grpc-js': 'GOAWAY PROTOCOL_ERROR', native: 'GOAWAY PROTOCOL_ERROR' },
  'a frame larger than allowed': { 'grpc-js': 'GOAWAY FRAME_SIZE_ERROR', native: 'GOAWAY FRAME_SIZE_ERROR' },
  'WINDOW_UPDATE of 0 on the connection': {
    'grpc-js': 'GOAWAY INTERNAL_ERROR',
    native: 'GOAWAY PROTOCOL_ERROR',
  },
  'WINDOW_UPDATE of 0 on a stream': {
    'grpc-js': 'GOAWAY INTERNAL_ERROR',
    native: 'RST_STREAM PROTOCOL_ERROR',
  },
  'a connection window beyond 2^31-1': {
    'grpc-js': 'GOAWAY INTERNAL_ERROR',
    native: 'GOAWAY FLOW_CONTROL_ERROR',
  },
  'a stream window beyond 2^31-1': {
    'grpc-js': 'RST_STREAM FLOW_CONTROL_ERROR',
    native: 'RST_STREAM FLOW_CONTROL_ERROR',
  },
  'SETTINGS on a stream': { 'grpc-js': 'GOAWAY INTERNAL_ERROR', native: 'GOAWAY PROTOCOL_ERROR' },
  'SETTINGS of 5 bytes': { 'grpc-js': 'GOAWAY FRAME_SIZE_ERROR', native: 'GOAWAY FRAME_SIZE_ERROR' },
  'SETTINGS with a window of 2^31': {
    'grpc-js': 'GOAWAY INTERNAL_ERROR',
    native: 'GOAWAY FLOW_CONTROL_ERROR',
  },
  'SETTINGS with frames of 1 byte': { 'grpc-js': 'GOAWAY INTERNAL_ERROR', native: 'GOAWAY PROTOCOL_ERROR' },
  'PING of 7 bytes': { 'grpc-js': 'GOAWAY FRAME_SIZE_ERROR', native: 'GOAWAY FRAME_SIZE_ERROR' },
  'PING on a stream': { 'grpc-js': 'GOAWAY INTERNAL_ERROR', native: 'GOAWAY PROTOCOL_ERROR' },
  'RST_STREAM on an idle stream': { 'grpc-js': 'GOAWAY INTERNAL_ERROR', native: 'GOAWAY PROTOCOL_ERROR' },
  'PUSH_PROMISE from a client': { 'grpc-js': 'GOAWAY INTERNAL_ERROR', native: 'GOAWAY PROTOCOL_ERROR' },
  'an unknown type of frame': { 'grpc-js': 'OK', native: 'OK' },
};

/**
 * Beneath grpc-js nghttp2 answers what breaks HTTP/2, by which error depends on its version and so on Node's: that it is
 * refused is what can be asked of it.
 */
const asPromised = (said: string | undefined): string | undefined =>
  transport === 'grpc-js'
    ? said?.replace(/^(RST_STREAM|GOAWAY) (?!NO_ERROR)\w+$/, 'an error of HTTP/2')
    : said;

let stack: ServedStack;
before(async () => {
  stack = await serveStack();
});
after(() => stack.close());

/** That a server which was attacked is whole: it answers, knows its total, and has nothing to be ashamed of. */
async function assertWhole(what: string): Promise<void> {
  const wire = connect(stack.address);
  const total0 = await wire.setNum('whole', 0n);
  assert.equal(await wire.setNum('whole', 7n), total0 + 7n);
  wire.close();
  const { total } = await stack.store.stats(patientCaller());
  let sum = 0n;
  const query = { prefix: '', startAfter: undefined, limit: 0n };
  for await (const page of stack.store.list(query, patientCaller())) {
    for (const { value } of page) sum += value;
  }
  assert.equal(total, sum, `the total is the sum of the values after ${what}`);
  assert.deepEqual(stack.internalErrors, [], what);
}

test('abuse: each wrong thing is answered by the very status or HTTP/2 error that it should be', async () => {
  for (const each of protocolCases) {
    const said = await tryCase(stack.server.port, each);
    assert.equal(asPromised(said), asPromised(answers[each.name]?.[transport]), each.name);
  }
  await assertWhole('all of them');
});

for (const attack of attacks) {
  test(`abuse: a server survives ${attack.name}, and is whole afterwards`, async () => {
    await assertWhole(await attack.run(stack.server.port, share));
  });
}
