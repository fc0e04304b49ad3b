import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { GrpcError, openGrpcClient, Status } from '../../../transport/index.ts';
import { closed } from '../../support/closed.ts';
import { ManualClock } from '../support/clock.ts';
import { Echo } from '../support/echo.ts';
import { ACK, frame, Type } from '../support/frames.ts';

const keepaliveMs = 5_000;
const keepaliveTimeoutMs = 3_000;
/** A look of the client falls into it after each of these. */
const periodMs = keepaliveTimeoutMs;

const settingsAck = frame(Type.settings, ACK, 0);
const signOfLife = frame(Type.ping, 0, 0, Buffer.from('alive???'));
const ours = Buffer.from('from us!');

/** A server that says its settings and no more, and what came in so far. */
class Silent {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
    socket.write(Buffer.concat([frame(Type.settings, 0, 0), settingsAck]));
  }

  /** Resolves when `bytes` have come, and takes all up to them. */
  async receive(bytes: Buffer): Promise<void> {
    while (!this.#received.includes(bytes)) await once(this.#socket, 'data');
    this.#received = this.#received.subarray(this.#received.indexOf(bytes) + bytes.length);
  }

  /** Acknowledges its PING, and resolves when the client has read it. */
  async answer(): Promise<void> {
    const answer = frame(Type.ping, ACK, 0, Buffer.from('alive???'));
    this.#socket.write(Buffer.concat([answer, frame(Type.ping, 0, 0, ours)]));
    await this.receive(frame(Type.ping, ACK, 0, ours));
  }
}

test('client: while a call waits, a silent server gets a PING, and is closed unless it acknowledges', {
  timeout: 10_000,
}, async () => {
  const listener = createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  assert.ok(typeof address === 'object' && address !== null);
  const accepted = once(listener, 'connection');
  const clock = new ManualClock();
  const client = await openGrpcClient({
    host: '127.0.0.1',
    port: address.port,
    clock,
    keepaliveMs,
    keepaliveTimeoutMs,
  });
  const [socket] = await accepted;
  const server = new Silent(socket);
  await server.receive(settingsAck);
  const call = client.unary(Echo.unary, Buffer.from('x'));
  call.catch(() => {});
  await server.receive(Buffer.from('x'));

  // The first look finds that something has come, the next two that nothing has.
  for (let round = 0; round < 3; round++) {
    clock.advance(3 * periodMs);
    await server.receive(signOfLife);
    if (round < 2) await server.answer();
  }
  const end = closed(socket);
  clock.advance(periodMs);
  await assert.rejects(call, (error) => error instanceof GrpcError && error.code === Status.UNAVAILABLE);
  await end;
  assert.equal(clock.armed, 0);
  await client.close();
  listener.close();
  await once(listener, 'close');
});
