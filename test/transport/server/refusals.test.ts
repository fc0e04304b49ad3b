import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { percentDecode } from '../../../transport/grpc/percent.ts';
import { HpackEncoder } from '../../../transport/hpack/encoder.ts';
import { ManualClock } from '../support/clock.ts';
import { openEcho } from '../support/echo.ts';
import { data, END_HEADERS, END_STREAM, headers, message, request, Type } from '../support/frames.ts';
import { RawClient } from '../support/raw-client.ts';

/** What a call costs that is refused by its header list. */

const octets = (text: string): string => Buffer.from(text).toString('latin1');
const unknown = (path: string): [string, string][] => request(path);

const echoes: readonly (readonly [what: string, fields: [string, string][], message: string])[] = [
  ['a path', unknown('/a'), 'The server does not implement /a'],
  [
    'a path of 200 characters',
    unknown(`/${'a'.repeat(199)}`),
    `The server does not implement /${'a'.repeat(199)}`,
  ],
  ['a longer path', unknown(`/${'a'.repeat(3_899)}`), `The server does not implement /${'a'.repeat(199)}...`],
  [
    'a path of octets that are no UTF-8',
    unknown(`/${'\xff'.repeat(3_899)}`),
    `The server does not implement /${'\ufffd'.repeat(199)}...`,
  ],
  [
    'a path whose 200th place is inside a character',
    unknown(octets(`/${'a'.repeat(198)}😀😀`)),
    `The server does not implement /${'a'.repeat(198)}...`,
  ],
];

test('refusals: what a caller sent is repeated up to 200 characters, cut at a character and marked', async () => {
  await using server = await openEcho();
  await using client = await RawClient.open(server.port);
  for (const [index, [what, fields, expected]] of echoes.entries()) {
    client.send(headers(2 * index + 1, fields, END_HEADERS | END_STREAM));
    const { fields: response } = await client.answer(2 * index + 1);
    assert.equal(response.get('grpc-status'), '12', what);
    assert.equal(percentDecode(response.get('grpc-message') ?? ''), expected, what);
  }
});

test('refusals: a connection encodes the response to one header list once', async () => {
  await using server = await openEcho();
  await using client = await RawClient.open(server.port);
  const call = (id: number, method = 'POST'): Buffer =>
    headers(id, request('/test.Echo/Nothing', { ':method': method }), END_HEADERS | END_STREAM);
  client.send(call(1), call(3, 'GET'), call(5), call(7, 'GET'));
  await client.answer(7);
  const encode = mock.method(HpackEncoder.prototype, 'encode');
  for (let id = 9; id < 209; id += 4) client.send(call(id), call(id + 2, 'GET'));
  await client.answer(207);
  assert.equal(encode.mock.callCount(), 0);
  encode.mock.restore();
});

const manyCalls = 1_100;
const refused: Readonly<Record<string, (id: number) => Buffer>> = {
  'a path that is not served': (id) => headers(id, unknown('/a')),
  'paths that are not served, each another': (id) => headers(id, unknown(`/${id}`), 5),
  'a malformed timeout': (id) => headers(id, request('/test.Echo/Unary', { 'grpc-timeout': 'x' })),
  'metadata that are too large': (id) =>
    headers(id, request('/test.Echo/Unary', { 'x-a': 'a'.repeat(8_000), 'x-b': 'b'.repeat(8_000) })),
  'the method GET': (id) => headers(id, request('/test.Echo/Unary', { ':method': 'GET' }), 5),
  'another content-type': (id) => headers(id, request('/test.Echo/Unary', { 'content-type': 'a/b' }), 5),
  'no room for one more call': (id) => headers(id, request('/test.Echo/Chat')),
};

for (const [reason, call] of Object.entries(refused)) {
  test(`rfc 9113 10.5: calls without end that are refused for ${reason} end the connection`, async () => {
    const clock = new ManualClock();
    await using server = await openEcho(undefined, { clock, limits: { concurrentStreams: 1 } });
    await using client = await RawClient.open(server.port);
    for (let index = 0; index < manyCalls; index++) client.send(call(2 * index + 1));
    const goaway = await client.until(({ type }) => type === Type.goaway);
    assert.equal(goaway.payload.readUInt32BE(4), 11);
    assert.match(goaway.payload.toString('latin1', 8), /refused/);
    // What was sent after it is not read: the next checks close the connection.
    clock.advance(2_000);
  });
}

test('limits: a connection whose calls are served may be refused without end', async () => {
  await using server = await openEcho(undefined, { clock: new ManualClock() });
  await using client = await RawClient.open(server.port);
  for (let id = 1; id < 4 * manyCalls; id += 4) {
    const served = [headers(id + 2, request('/test.Echo/Unary')), data(id + 2, message('x'))];
    client.send(headers(id, unknown('/a'), 5), ...served);
  }
  const last = await client.answer(4 * manyCalls - 1);
  assert.equal(last.fields.get('grpc-status'), '0');
});
