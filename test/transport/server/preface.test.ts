import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { closed } from '../../support/closed.ts';
import { until } from '../../support/until.ts';
import { ManualClock } from '../support/clock.ts';
import { openEcho } from '../support/echo.ts';
import { type Frame, FrameCutter, frame, preface, Type } from '../support/frames.ts';
import { RawClient } from '../support/raw-client.ts';

/** Connections whose preface has not come. */

interface Connected {
  readonly socket: Socket;
  readonly frames: Frame[];
  readonly end: Promise<void>;
}

function open(port: number): Connected {
  const socket = connect({ host: '127.0.0.1', port });
  const cutter = new FrameCutter();
  const frames: Frame[] = [];
  socket.on('data', (chunk: Buffer) => frames.push(...cutter.push(chunk)));
  return { socket, frames, end: closed(socket) };
}

const settings = frame(Type.settings, 0, 0);

test('rfc 9113 3.4: the server sends nothing until the whole preface has come', async () => {
  await using server = await openEcho();
  const slow = open(server.port);
  slow.socket.write(preface.subarray(0, preface.length - 1));
  await using other = await RawClient.open(server.port);
  assert.equal(slow.frames.length, 0);
  assert.equal(server.counts().connections, 2);
  slow.socket.write(Buffer.concat([preface.subarray(-1), settings]));
  await until(() => slow.frames.length >= 2, 'its settings, and the acknowledgement of ours');
  assert.equal(slow.frames[0]?.type, Type.settings);
  slow.socket.destroy();
  await slow.end;
  await until(() => server.counts().connections === 1, 'the end of the connection');
  other.socket.destroy();
});

test('rfc 9113 3.4: a wrong preface gets SETTINGS, a GOAWAY that says what was expected, and the end', async () => {
  const clock = new ManualClock();
  await using server = await openEcho(undefined, { clock });
  const wrong = open(server.port);
  wrong.socket.write('GET / HTTP/1.1\r\n\r\n');
  await wrong.end;
  assert.deepEqual(
    wrong.frames.map(({ type }) => type),
    [Type.settings, Type.goaway],
  );
  const [, goaway] = wrong.frames;
  assert.deepEqual(goaway?.payload.subarray(0, 8), Buffer.from('0000000000000001', 'hex'));
  assert.equal(goaway?.payload.subarray(8).toString(), 'Expected the preface of HTTP/2');
});

test('preface: a client that sends on after a wrong one is read for a while, and then closed', async () => {
  const clock = new ManualClock();
  await using server = await openEcho(undefined, { clock });
  const { socket, frames, end } = open(server.port);
  socket.allowHalfOpen = true;
  // More than the buffers of both sockets hold: it can be sent only as it is read.
  socket.write(Buffer.alloc(64 * 2 ** 20));
  await until(() => frames.some(({ type }) => type === Type.goaway), 'the GOAWAY');
  clock.advance(1_000);
  assert.equal(server.counts().connections, 1);
  clock.advance(1_000);
  await end;
  await until(() => server.counts().connections === 0, 'the end of the connection');
});

test('preface: a drain sends GOAWAY to a connection without one, and does not wait for it', async () => {
  const server = await openEcho();
  const { socket, frames, end } = open(server.port);
  await until(() => server.counts().connections === 1, 'the connection');
  assert.equal(await server.close(60_000), true);
  await end;
  assert.equal(socket.destroyed, true);
  assert.deepEqual(
    frames.map(({ type, payload }) => [type, payload.toString('hex')]),
    [
      [Type.settings, ''],
      [Type.goaway, '0000000000000000'],
    ],
  );
});
