import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { factExactMessage } from '../../bench/abuse/messages.ts';
import { bytesTaken } from '../../server/transports/bytes-taken.ts';
import { serveStack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { connect } from '../support/wire.ts';
import {
  ACK,
  data,
  FrameCutter,
  frame,
  headers,
  preface,
  request,
  setting,
  Type,
  word,
} from '../transport/support/frames.ts';

/** Readers that are slow and steady, beside those that are gone. */

/** Together more than the kernel holds for a connection: some of it is still with the server. */
const calls = 8;
const everyMs = 100;
const bytesPerRead = 400_000;

test('keepalive: a peer that reads steadily stays, though a PING waits behind megabytes', async () => {
  const stack = await serveStack({ times: { keepaliveMs: 200, keepaliveTimeoutMs: 200 } });
  const wire = connect(stack.address);
  await wire.setNum('n', 1_000_000n);
  wire.close();
  const socket = connectSocket({ port: stack.server.port, host: '127.0.0.1' });
  socket.on('error', () => {});
  await once(socket, 'connect');
  const ids = Array.from({ length: calls }, (_, index) => 2 * index + 1);
  socket.write(
    Buffer.concat([
      preface,
      frame(Type.settings, 0, 0, setting(4, 2 ** 31 - 1)),
      frame(Type.window, 0, 0, word(2 ** 31 - 65_536)),
      frame(Type.settings, ACK, 0),
      ...ids.flatMap((id) => [
        headers(id, request('/NumStoreExtended/FactExact')),
        data(id, factExactMessage('n')),
      ]),
    ]),
  );
  const cutter = new FrameCutter();
  const statuses: (string | undefined)[] = [];
  let left = 0;
  socket.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left <= 0) socket.pause();
    for (const { type, flags, payload, fields } of cutter.push(chunk)) {
      if (fields.has('grpc-status')) statuses.push(fields.get('grpc-status'));
      // A PING is acknowledged when it has been read.
      if (type === Type.ping && flags === 0) socket.write(frame(Type.ping, ACK, 0, payload));
    }
  });
  const reading = setInterval(() => {
    left = bytesPerRead;
    socket.resume();
  }, everyMs);
  await until(() => statuses.length === calls || socket.closed, 'every response, or the end');
  clearInterval(reading);
  assert.deepEqual(
    statuses,
    ids.map(() => '0'),
  );
  socket.destroy();
  await stack.close();
});

for (const host of ['127.0.0.1', '::1']) {
  test(`keepalive: bytes to ${host} count as taken when the peer acknowledges them`, async (context) => {
    const server = createServer().listen(0, host);
    const isBound = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ]);
    if (!isBound) return context.skip(`no ${host} here`);
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('Expected a TCP address');
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const reader = connectSocket({ port: address.port, host }).pause();
    const writer = await accepted;
    while (writer.write(Buffer.alloc(65_536)) || writer.bytesWritten < 2 ** 20) await nextTurn();
    const unsent = (): number => writer.bytesWritten - writer.writableLength;
    if (process.platform === 'linux') await until(() => bytesTaken(writer) < unsent(), 'bytes in the kernel');
    const before = bytesTaken(writer);
    reader.resume();
    await until(() => bytesTaken(writer) > before, 'more bytes');
    reader.destroy();
    writer.destroy();
    server.close();
  });
}
