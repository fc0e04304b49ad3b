import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { percentDecode, percentEncode } from '../../transport/grpc/percent.ts';
import { formatTimeout, parseTimeout } from '../../transport/grpc/timeout.ts';
import type { GrpcListener } from '../../transport/index.ts';
import { ManualClock } from './support/clock.ts';
import { createEchoLog, openEcho } from './support/echo.ts';
import {
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  headers,
  message,
  request,
  Type,
  word,
} from './support/frames.ts';
import { RawClient } from './support/raw-client.ts';

/** gRPC over HTTP/2, as PROTOCOL-HTTP2.md of gRPC has it; the words in titles are its own. */

let listener: GrpcListener;
before(async () => {
  listener = await openEcho(undefined, { messageBytesMax: 100_000 });
});
after(() => listener.close());

/** The answer to a call with these fields and this content. */
async function call(
  path: string,
  content: Uint8Array,
  more: Readonly<Record<string, string>> = {},
): Promise<{ fields: ReadonlyMap<string, string>; content: Buffer }> {
  await using client = await RawClient.open(listener.port);
  client.send(headers(1, request(path, more)), data(1, content));
  return await client.answer(1);
}

const statusOf = async (...args: Parameters<typeof call>): Promise<string | undefined> =>
  (await call(...args)).fields.get('grpc-status');

test('a unary call is answered with one message and status 0', async () => {
  const { fields, content } = await call('/test.Echo/Unary', message('hello'));
  assert.deepEqual(content, message('hello'));
  assert.equal(fields.get(':status'), '200');
  assert.equal(fields.get('content-type'), 'application/grpc');
  assert.equal(fields.get('grpc-status'), '0');
});

test('a message may come in any pieces', async () => {
  const bytes = message('in pieces');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 5 }),
      async (cuts) => {
        await using client = await RawClient.open(listener.port);
        client.send(headers(1, request('/test.Echo/Unary')));
        const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        for (let index = 1; index < places.length; index++) {
          client.send(data(1, bytes.subarray(places[index - 1], places[index]), 0));
        }
        client.send(data(1, Buffer.alloc(0)));
        assert.deepEqual((await client.answer(1)).content, bytes);
      },
    ),
    { numRuns: 30 },
  );
});

test('a request may end with trailers', async () => {
  await using client = await RawClient.open(listener.port);
  client.send(headers(1, request('/test.Echo/Unary')), data(1, message('x'), 0));
  client.send(headers(1, [['some', 'trailer']], END_HEADERS | END_STREAM));
  assert.equal((await client.answer(1)).fields.get('grpc-status'), '0');
});

test('a header list may come over CONTINUATION', async () => {
  await using client = await RawClient.open(listener.port);
  const whole = headers(1, request('/test.Echo/Unary')).subarray(9);
  client.send(
    frame(Type.headers, 0, 1, whole.subarray(0, 10)),
    frame(Type.continuation, 0, 1, whole.subarray(10, 20)),
    frame(Type.continuation, END_HEADERS, 1, whole.subarray(20)),
    data(1, message('x')),
  );
  assert.equal((await client.answer(1)).fields.get('grpc-status'), '0');
});

test('padding is no content', async () => {
  await using client = await RawClient.open(listener.port);
  const padded = Buffer.concat([Buffer.from([3]), message('x'), Buffer.alloc(3)]);
  client.send(headers(1, request('/test.Echo/Unary')), data(1, padded, END_STREAM | 8));
  assert.deepEqual((await client.answer(1)).content, message('x'));
});

test('an unknown method is UNIMPLEMENTED, and the message names its path', async () => {
  const { fields } = await call('/test.Echo/Nothing', message('x'));
  assert.equal(fields.get('grpc-status'), '12');
  assert.match(fields.get('grpc-message') ?? '', /\/test\.Echo\/Nothing/);
});

test('content-type: application/grpc, +proto and parameters are served, all else is 415', async () => {
  for (const type of ['application/grpc', 'application/grpc+proto', 'application/grpc;charset=utf-8']) {
    assert.equal(await statusOf('/test.Echo/Unary', message('x'), { 'content-type': type }), '0');
  }
  for (const type of [
    'application/grpcfoo',
    'application/json',
    'application/grpc-web',
    'application/grpc+json',
    '',
  ]) {
    const { fields } = await call('/test.Echo/Unary', message('x'), { 'content-type': type });
    assert.equal(fields.get(':status'), '415', type);
  }
});

test('a method other than POST is 405', async () => {
  const { fields } = await call('/test.Echo/Unary', message('x'), { ':method': 'GET' });
  assert.equal(fields.get(':status'), '405');
  assert.equal(fields.get('allow'), 'POST');
});

test('a compressed message is taken where grpc-encoding says gzip or deflate', async () => {
  for (const [encoding, compress] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ] as const) {
    const { content } = await call('/test.Echo/Unary', message(compress('packed'), 1), {
      'grpc-encoding': encoding,
    });
    assert.deepEqual(content, message('packed'), encoding);
  }
});

test('an unknown grpc-encoding is accepted while no message is compressed', async () => {
  assert.equal(await statusOf('/test.Echo/Unary', message('x'), { 'grpc-encoding': 'snappy' }), '0');
});

test('an unknown grpc-encoding is UNIMPLEMENTED, with grpc-accept-encoding', async () => {
  const { fields } = await call('/test.Echo/Unary', message('x', 1), { 'grpc-encoding': 'snappy' });
  assert.equal(fields.get('grpc-status'), '12');
  assert.equal(fields.get('grpc-accept-encoding'), 'identity,gzip,deflate');
});

test('a compressed message without grpc-encoding, or one that is no gzip, is INTERNAL', async () => {
  assert.equal(await statusOf('/test.Echo/Unary', message('x', 1)), '13');
  assert.equal(await statusOf('/test.Echo/Unary', message('x', 1), { 'grpc-encoding': 'gzip' }), '13');
});

test('a message that expands beyond the limit is RESOURCE_EXHAUSTED', async () => {
  const bomb = message(gzipSync(Buffer.alloc(10_000_000)), 1);
  assert.equal(await statusOf('/test.Echo/Unary', bomb, { 'grpc-encoding': 'gzip' }), '8');
});

test('a compressed-flag other than 0 and 1 is INTERNAL', async () => {
  assert.equal(await statusOf('/test.Echo/Unary', message('x', 2)), '13');
});

test('a message announced beyond the limit is RESOURCE_EXHAUSTED before it has come', async () => {
  await using client = await RawClient.open(listener.port);
  client.send(headers(1, request('/test.Echo/Unary')), data(1, Buffer.from('00ffffffff', 'hex'), 0));
  assert.equal((await client.answer(1)).fields.get('grpc-status'), '8');
});

test('no message and two messages for a unary call are UNIMPLEMENTED, half of one is INTERNAL', async () => {
  assert.equal(await statusOf('/test.Echo/Unary', Buffer.alloc(0)), '12');
  assert.equal(await statusOf('/test.Echo/Unary', Buffer.concat([message('a'), message('b')])), '12');
  assert.equal(await statusOf('/test.Echo/Unary', message('abc').subarray(0, 6)), '13');
});

test('metadata comes back as headers and trailers, octets in base64', async () => {
  const { fields } = await call('/test.Echo/Unary', message('x'), { 'x-echo': 'value' });
  assert.equal(fields.get('x-header'), 'value');
  assert.equal(fields.get('x-trailer'), 'value');
  assert.equal(fields.get('x-octets-bin'), Buffer.from('value').toString('base64').replace(/=+$/, ''));
});

test('a metadata list that is too large is RESOURCE_EXHAUSTED, and the connection goes on', async () => {
  await using client = await RawClient.open(listener.port);
  client.send(
    headers(1, request('/test.Echo/Unary', { 'x-big': 'b'.repeat(16_100) })),
    data(1, message('x')),
  );
  assert.equal((await client.answer(1)).fields.get('grpc-status'), '8');
  client.send(headers(3, request('/test.Echo/Unary')), data(3, message('x')));
  assert.equal((await client.answer(3)).fields.get('grpc-status'), '0');
});

test('grpc-message is percent-encoded', async () => {
  const { fields } = await call('/test.Echo/Fail', message('\t100% \r\n☺😈'));
  assert.equal(fields.get('grpc-status'), '9');
  assert.equal(fields.get('grpc-message'), '%09100%25 %0D%0A%E2%98%BA%F0%9F%98%88');
});

test('any text survives percent-encoding, as printable ASCII that no one trims', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const encoded = percentEncode(text);
      assert.match(encoded, /^(?! )[ -~]*(?<! )$/);
      assert.equal(percentDecode(encoded), text);
    }),
  );
});

test('grpc-timeout: every unit, at most eight digits, and nothing else', () => {
  const cases = {
    '1H': 3_600_000,
    '2M': 120_000,
    '3S': 3_000,
    '4m': 4,
    '5u': 0.005,
    '99999999H': 359_999_996_400_000,
  };
  for (const [text, ms] of Object.entries(cases)) assert.equal(parseTimeout(text), ms);
  assert.ok(Math.abs((parseTimeout('6n') ?? 0) - 0.000_006) < 1e-12);
  for (const text of ['', '1', 'S', '-1S', '1.5S', '123456789S', '1s', '1 S', '0x1S']) {
    assert.equal(parseTimeout(text), undefined, text);
  }
});

test('grpc-timeout: what is written is read as at least as long, and hardly longer', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 1e12, noNaN: true }), (ms) => {
      const read = parseTimeout(formatTimeout(ms)) ?? Number.NaN;
      assert.ok(read >= ms * (1 - 1e-12) && read <= Math.max(ms * 1.001, ms + 0.001));
    }),
  );
});

test('grpc-timeout: 600 hours do not overflow, a malformed one is INTERNAL', async () => {
  for (const timeout of ['596H', '597H', '600H', '99999999H']) {
    assert.equal(await statusOf('/test.Echo/Unary', message('x'), { 'grpc-timeout': timeout }), '0');
  }
  assert.equal(await statusOf('/test.Echo/Unary', message('x'), { 'grpc-timeout': '-1S' }), '13');
});

test('a deadline that has passed before the call is DEADLINE_EXCEEDED', async () => {
  assert.equal(await statusOf('/test.Echo/Never', message('x'), { 'grpc-timeout': '0n' }), '4');
});

test('a deadline that passes is DEADLINE_EXCEEDED, and aborts the signal of its handler', async () => {
  const clock = new ManualClock();
  const log = createEchoLog();
  await using server = await openEcho(log, { clock });
  await using client = await RawClient.open(server.port);
  client.send(headers(1, request('/test.Echo/Never', { 'grpc-timeout': '50m' })), data(1, message('x')));
  client.send(headers(3, request('/test.Echo/Unary')), data(3, message('x')));
  await client.answer(3);
  clock.advance(49);
  assert.equal(log.aborted.length, 0);
  clock.advance(1);
  assert.equal((await client.answer(1)).fields.get('grpc-status'), '4');
  assert.equal(log.aborted.length, 1);
});

test('a call with a response within its turn starts no timer, and one that ends disarms its own', async () => {
  const clock = new ManualClock();
  await using server = await openEcho(undefined, { clock });
  await using client = await RawClient.open(server.port);
  const idle = clock.armed;
  client.send(headers(1, request('/test.Echo/Unary', { 'grpc-timeout': '1H' })), data(1, message('x')));
  await client.answer(1);
  assert.equal(clock.armed, idle);
  client.send(headers(3, request('/test.Echo/Never', { 'grpc-timeout': '1H' })), data(3, message('x')));
  client.send(headers(5, request('/test.Echo/Unary')), data(5, message('x')));
  await client.answer(5);
  assert.equal(clock.armed, idle + 1);
  client.send(frame(Type.reset, 0, 3, word(8)));
  client.send(headers(7, request('/test.Echo/Unary')), data(7, message('x')));
  await client.answer(7);
  assert.equal(clock.armed, idle);
});

test('RST_STREAM from the caller aborts the signal of its call', async () => {
  const log = createEchoLog();
  await using server = await openEcho(log);
  await using client = await RawClient.open(server.port);
  const aborted = new Promise<void>((resolve) => {
    log.onAborted = resolve;
  });
  client.send(
    headers(1, request('/test.Echo/Never')),
    data(1, message('x')),
    frame(Type.reset, 0, 1, word(8)),
  );
  await aborted;
  assert.equal(server.counts().calls, 0);
});

test('a lost connection aborts the signals of its calls', async () => {
  const log = createEchoLog();
  await using server = await openEcho(log);
  const aborted = new Promise<void>((resolve) => {
    log.onAborted = resolve;
  });
  {
    await using client = await RawClient.open(server.port);
    client.send(headers(1, request('/test.Echo/Never')), data(1, message('x')));
    client.send(headers(3, request('/test.Echo/Unary')), data(3, message('x')));
    await client.answer(3);
  }
  await aborted;
});

test('client and bidirectional streams carry every message, in order', async () => {
  const three = Buffer.concat([message('a'), message('b'), message('c')]);
  assert.deepEqual((await call('/test.Echo/Join', three)).content, message('abc'));
  assert.deepEqual((await call('/test.Echo/Chat', three)).content, three);
  assert.deepEqual((await call('/test.Echo/Join', Buffer.alloc(0))).content, message(''));
});
