import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { factExactMessage, setNumMessage } from '../../bench/abuse/messages.ts';
import { tryCase } from '../../bench/abuse/protocol-cases.ts';
import { type TransportName, transportNames } from '../../server/transports/transport.ts';
import { type ServedStack, serveStack } from '../support/stack.ts';
import { connect } from '../support/wire.ts';
import { data, headers, message, request } from '../transport/support/frames.ts';

/** The forms of a request that a caller may choose. What one transport accepts the other does. */

type Fields = Readonly<Record<string, string>>;
type Pairs = readonly (readonly [name: string, value: string])[];
/** What a form gets: the same on both transports, or what each of them says and why. */
type Outcome = string | (Readonly<Record<TransportName, string>> & { readonly why: string });
type Forms = Readonly<Record<string, readonly [bytes: Buffer, outcome: Outcome]>>;

const one = setNumMessage('k', 1n);
const content = one.subarray(5);
const call = (fields: Fields, body: Uint8Array = one): Buffer =>
  Buffer.concat([headers(1, request('/NumStore/SetNum', fields)), data(1, body)]);
const withMore = (pairs: Pairs, body: Uint8Array = one): Buffer =>
  Buffer.concat([headers(1, [...request('/NumStore/SetNum'), ...pairs]), data(1, body)]);
const encoded = (name: string, bytes: Buffer): Buffer => call({ 'grpc-encoding': name }, message(bytes, 1));
const named = (name: string): Buffer => call({ 'grpc-encoding': name });
const typed = (type: string): Buffer => call({ 'content-type': type });
const timed = (timeout: string): Buffer => call({ 'grpc-timeout': timeout });
const pairs = (count: number, value: string): Pairs =>
  Array.from({ length: count }, (_, index) => [`x-${index}`, value]);

const unchecked: Outcome = {
  'grpc-js': 'OK',
  native: 'INTERNAL',
  why: 'grpc-js takes any flag but 1, and 1 with identity, for an uncompressed message',
};
const trimmed: Outcome = {
  'grpc-js': 'OK',
  native: 'RST_STREAM PROTOCOL_ERROR',
  why: 'nghttp2 trims what RFC 9113 8.2.1 calls malformed',
};

const encodings: Forms = {
  none: [call({}), 'OK'],
  identity: [named('identity'), 'OK'],
  gzip: [encoded('gzip', gzipSync(content)), 'OK'],
  'gzip, not compressed': [named('gzip'), 'OK'],
  'gzip cut short': [encoded('gzip', gzipSync(content).subarray(0, -5)), 'INTERNAL'],
  deflate: [encoded('deflate', deflateSync(content)), 'OK'],
  'deflate, not compressed': [named('deflate'), 'OK'],
  'deflate without its header': [encoded('deflate', deflateRawSync(content)), 'INTERNAL'],
  'gzip by the name of deflate': [encoded('deflate', gzipSync(content)), 'INTERNAL'],
  'a deflate bomb': [encoded('deflate', deflateSync(Buffer.alloc(1_000_000))), 'RESOURCE_EXHAUSTED'],
  GZIP: [encoded('GZIP', gzipSync(content)), 'UNIMPLEMENTED'],
  'zstd, not compressed': [named('zstd'), 'OK'],
  'zstd, compressed': [encoded('zstd', content), 'UNIMPLEMENTED'],
  'an empty name': [withMore([['grpc-encoding', '']]), 'OK'],
  'two names': [
    withMore(
      [
        ['grpc-encoding', 'gzip'],
        ['grpc-encoding', 'deflate'],
      ],
      message(gzipSync(content), 1),
    ),
    'UNIMPLEMENTED',
  ],
  'what the caller accepts': [call({ 'grpc-accept-encoding': 'zstd', 'accept-encoding': 'br' }), 'OK'],
  'none, flag 1': [call({}, message(content, 1)), unchecked],
  'identity, flag 1': [encoded('identity', content), unchecked],
  'none, flag 2': [call({}, message(content, 2)), unchecked],
};

const contentTypes: Forms = {
  'application/grpc': [typed('application/grpc'), 'OK'],
  'application/grpc+proto': [typed('application/grpc+proto'), 'OK'],
  'application/grpc+json': [typed('application/grpc+json'), 'HTTP 415'],
  'application/grpc; charset=utf-8': [typed('application/grpc; charset=utf-8'), 'OK'],
  'application/grpc;x': [typed('application/grpc;x'), 'OK'],
  'Application/GRPC': [typed('Application/GRPC'), 'OK'],
  'application/grpcfoo': [typed('application/grpcfoo'), 'HTTP 415'],
  'application/grpc-web': [typed('application/grpc-web'), 'HTTP 415'],
  'application/json': [typed('application/json'), 'HTTP 415'],
  none: [typed(''), 'HTTP 415'],
  'two, the first of gRPC': [withMore([['content-type', 'text/plain']]), 'OK'],
  'the method GET': [call({ ':method': 'GET' }), 'HTTP 405'],
  'the method PUT': [call({ ':method': 'PUT' }), 'HTTP 405'],
};

const timeouts: Forms = {
  ...Object.fromEntries(
    ['1H', '1M', '9S', '9000m', '9000000u', '00000009S', '99999999n'].map((text) => [
      text,
      [timed(text), 'OK'],
    ]),
  ),
  // Days beyond the longest timer: on either side of each multiple of 2^32 ms.
  ...Object.fromEntries(
    ['596H', '597H', '600H', '1200H', '2000H', '99999999M', '99999999S', '99999999H'].map((text) => [
      text,
      [timed(text), 'OK'],
    ]),
  ),
  ...Object.fromEntries(
    ['123456789S', '9 S', '-9S', '9.5S', '9Sx', '9s', '9', '9x', 'S'].map((text) => [
      text,
      [timed(text), 'INTERNAL'],
    ]),
  ),
  'an empty one': [withMore([['grpc-timeout', '']]), 'INTERNAL'],
  two: [
    withMore([
      ['grpc-timeout', '9S'],
      ['grpc-timeout', '8S'],
    ]),
    'INTERNAL',
  ],
  '0n': [timed('0n'), 'DEADLINE_EXCEEDED'],
  '0H': [timed('0H'), 'DEADLINE_EXCEEDED'],
};

const metadata: Forms = {
  'octets in base64': [call({ 'x-bin': 'AAE=' }), 'OK'],
  'octets without padding': [call({ 'x-bin': 'AAE' }), 'OK'],
  'octets twice': [call({ 'x-bin': 'AAE=,AAE' }), 'OK'],
  'no base64': [call({ 'x-bin': '***' }), 'OK'],
  'no octets': [withMore([['x-bin', '']]), 'OK'],
  'an empty value': [withMore([['x-a', '']]), 'OK'],
  'octets above ASCII': [call({ 'x-a': 'caf\xe9' }), 'OK'],
  'a tab inside': [call({ 'x-a': 'a\tb' }), 'OK'],
  'a control character': [call({ 'x-a': 'a\x01b' }), 'OK'],
  'a space before': [call({ 'x-a': ' a' }), trimmed],
  'a space after': [call({ 'x-a': 'a ' }), trimmed],
  'dots and lines in a name': [call({ 'x.a_b-c': '1' }), 'OK'],
  'a name of HTTP, not of gRPC': [call({ 'x!a': '1' }), 'OK'],
  'upper case in a name': [call({ 'X-A': '1' }), 'RST_STREAM PROTOCOL_ERROR'],
  'a name twice': [withMore([...pairs(1, 'a'), ...pairs(1, 'b')]), 'OK'],
  'a reserved name': [call({ 'grpc-something': '1' }), 'OK'],
  'a number of attempts': [call({ 'grpc-previous-rpc-attempts': '1' }), 'OK'],
  'no te': [call({ te: '' }), 'OK'],
  'te of another value': [call({ te: 'deflate' }), 'RST_STREAM PROTOCOL_ERROR'],
  'no authority': [call({ ':authority': '' }), 'RST_STREAM PROTOCOL_ERROR'],
  'host in its place': [call({ ':authority': '', host: 'a' }), 'OK'],
  'host beside it': [call({ host: 'a' }), 'OK'],
  'two hosts': [
    withMore([
      ['host', 'a'],
      ['host', 'b'],
    ]),
    'RST_STREAM PROTOCOL_ERROR',
  ],
  'the scheme https': [call({ ':scheme': 'https' }), 'OK'],
  'two cookies': [
    withMore([
      ['cookie', 'a=b'],
      ['cookie', 'c=d'],
    ]),
    'OK',
  ],
  'two user agents': [
    withMore([
      ['user-agent', 'a'],
      ['user-agent', 'b'],
    ]),
    'OK',
  ],
  'a content-length': [call({ 'content-length': String(one.length) }), 'OK'],
  'content-encoding': [call({ 'content-encoding': 'gzip' }), 'OK'],
  expect: [call({ expect: '100-continue' }), 'OK'],
  '100 fields': [withMore(pairs(100, '1')), 'OK'],
  '14 KB': [withMore(pairs(2, 'a'.repeat(7_000))), 'OK'],
};

let stacks: readonly (readonly [TransportName, ServedStack])[];
before(async () => {
  stacks = await Promise.all(
    transportNames.map(async (transport) => [transport, await serveStack({ transport })] as const),
  );
});
after(async () => {
  for (const [, stack] of stacks) await stack.close();
});

for (const [kind, forms] of Object.entries({ encodings, contentTypes, timeouts, metadata })) {
  test(`forms: of ${kind} both transports accept the same, but for what their libraries decide`, async () => {
    for (const [name, [bytes, outcome]] of Object.entries(forms)) {
      for (const [transport, { server }] of stacks) {
        const said = await tryCase(server.port, { name, bytes });
        assert.equal(
          said,
          typeof outcome === 'string' ? outcome : outcome[transport],
          `${name}, ${transport}`,
        );
      }
    }
  });
}

test('forms: a deadline above 24.8 days is none, for a call that takes long as well', async () => {
  for (const [transport, stack] of stacks) {
    const wire = connect(stack.address);
    for (const [index, timeout] of ['597H', '600H', '1200H', '2000H', '99999999H'].entries()) {
      await wire.setNum('n', 100_000n + BigInt(index));
      const bytes = Buffer.concat([
        headers(1, request('/NumStoreExtended/FactExact', { 'grpc-timeout': timeout })),
        data(1, factExactMessage('n')),
      ]);
      assert.equal(
        await tryCase(stack.server.port, { name: timeout, bytes }),
        'OK',
        `${timeout}, ${transport}`,
      );
    }
    wire.close();
  }
});
