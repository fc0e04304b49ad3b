import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GrpcError, openGrpcClient, Status } from '../../../transport/index.ts';
import { SendBuffer } from '../../../transport/io/send-buffer.ts';
import { Echo, openEcho } from '../support/echo.ts';

const large = (byte: number): SendBuffer => new SendBuffer([Buffer.of(0), Buffer.alloc(60_000, byte)]);

test('send buffer: it holds its own copy of all parts, in their order', () => {
  const part = Buffer.from('bc');
  const sendBuffer = new SendBuffer([Buffer.from('a'), part]);
  part.fill('x');
  assert.equal(Buffer.from(sendBuffer.bytes).toString(), 'abc');
  sendBuffer.sent = 2;
  assert.equal(Buffer.from(sendBuffer.rest).toString(), 'c');
});

test('send buffer: large messages share memory one after the other, never at the same time', () => {
  const first = large(1);
  const second = large(2);
  assert.notEqual(first.bytes.buffer, second.bytes.buffer);
  first.release();
  const third = large(3);
  assert.equal(third.bytes.buffer, first.bytes.buffer);
  assert.ok(second.rest.subarray(1).every((byte) => byte === 2));
  assert.ok(third.rest.subarray(1).every((byte) => byte === 3));
});

test('send buffer: a few bytes that may wait for long hold no large buffer', () => {
  assert.equal(new SendBuffer([Buffer.alloc(100)]).bytes.buffer.byteLength, 100);
});

test('send buffer: each reader of a large message gets its own bytes, while other calls are cancelled', async () => {
  await using server = await openEcho();
  await using client = await openGrpcClient({ host: '127.0.0.1', port: server.port });
  const read = async (index: number): Promise<void> => {
    const sent = Buffer.alloc(60_000 + index, index);
    if (index % 3 === 0) {
      const call = client.unary(Echo.unary, sent, { signal: AbortSignal.timeout(1) });
      await call.catch((error) => assert.equal(error instanceof GrpcError && error.code, Status.CANCELLED));
    } else assert.ok((await client.unary(Echo.unary, sent)).equals(sent));
  };
  for (let round = 0; round < 5; round++) {
    await Promise.all(Array.from({ length: 40 }, (_, index) => read(index)));
  }
});
