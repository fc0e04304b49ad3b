import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGrpcServer } from '../../../transport/index.ts';
import { Admission } from '../../../transport/server/admission.ts';
import { until } from '../../support/until.ts';
import { ManualClock } from '../support/clock.ts';
import { createEchoLog, echoRoutes } from '../support/echo.ts';
import { FakeSocket } from '../support/fake-socket.ts';
import {
  ACK,
  data,
  type Frame,
  FrameCutter,
  frame,
  headers,
  message,
  preface,
  request,
  Type,
} from '../support/frames.ts';

/** Admission control in an overload. */

const lateMs = 10;
const openAdmission = () => {
  const clock = new ManualClock();
  const admission = new Admission({ lateMs, isExempt: () => false }, clock.now);
  const after = (ms: number, waitedMs: number): boolean => {
    clock.advance(ms);
    return admission.isTooLate(waitedMs);
  };
  return after;
};

test('admission: a burst is served, however late', () => {
  const after = openAdmission();
  assert.equal(after(0, 1_000), false);
  assert.equal(after(49, 1_000), false);
  assert.equal(after(49, 1_000), false);
});

test('admission: after 100 ms of late calls the late ones are refused, and no others', () => {
  const after = openAdmission();
  assert.deepEqual([after(0, 10), after(50, 10), after(49, 10)], [false, false, false]);
  assert.equal(after(1, 10), true);
  assert.equal(after(0, 5), true, 'the backlog must shrink');
  assert.equal(after(0, 4.9), false, 'this one is in time');
  assert.equal(after(50, 10), true, 'a call in time does not end the overload');
});

test('admission: half a second without a late call ends the overload, and the next burst is served', () => {
  const after = openAdmission();
  for (let ms = 0; ms <= 100; ms += 50) after(50, 10);
  assert.equal(after(50, 10), true);
  assert.equal(after(501, 10), false);
});

const greeting = Buffer.concat([preface, frame(Type.settings, 0, 0), frame(Type.settings, ACK, 0)]);
const callsAtOnce = 200;

/** A client of a server for which every wait is late. */
function openBusy() {
  const clock = new ManualClock();
  const log = createEchoLog();
  const server = createGrpcServer({
    routes: echoRoutes(log),
    clock,
    admission: { lateMs: 1e-9, isExempt: (path) => path === '/test.Echo/Join' },
  });
  const open = (): FakeSocket => {
    const socket = new FakeSocket();
    server.accept(socket);
    socket.receive(greeting);
    return socket;
  };
  const socket = open();
  const cutter = new FrameCutter();
  const frames: Frame[] = [];
  socket.onBytes = (bytes) => frames.push(...cutter.push(Buffer.from(bytes)));
  let nextId = 1;
  const calls = (method: string, count: number): Buffer => {
    const ids = Array.from({ length: count }, () => {
      nextId += 2;
      return nextId;
    });
    return Buffer.concat(ids.flatMap((id) => [headers(id, request(method)), data(id, message('x'))]));
  };
  /** Others send more than one turn reads, and one of them far more. */
  const crowd = (): void => {
    for (let index = 0; index < 60; index++) open().receive(calls('/test.Echo/Join', 5));
    open().receive(calls('/test.Echo/Join', callsAtOnce));
  };
  const send = async (method: string, count = callsAtOnce): Promise<Frame[]> => {
    frames.length = 0;
    socket.receive(calls(method, count));
    const ends = (): Frame[] => frames.filter(({ fields }) => fields.has('grpc-status'));
    await until(() => ends().length === count && !socket.isPaused(), 'every answer');
    return ends();
  };
  return { clock, log, server, send, crowd };
}

test('admission: late calls get RESOURCE_EXHAUSTED and a pushback without being read, exempt paths never', async () => {
  const { clock, log, server, send, crowd } = openBusy();
  for (let burst = 1; burst <= 3; burst++) {
    await send('/test.Echo/Unary');
    assert.equal(log.begun, burst * callsAtOnce, 'late at first, and served');
    clock.advance(40);
  }
  for (const { fields } of await send('/test.Echo/Unary')) {
    assert.equal(fields.get('grpc-status'), '8');
    assert.equal(fields.get('grpc-message'), 'More calls come than can be served');
    assert.equal(fields.get('grpc-retry-pushback-ms'), '100');
  }
  assert.equal(log.begun, 3 * callsAtOnce, 'no handler has run');
  crowd();
  for (const { fields } of await send('/test.Echo/Unary', 5)) {
    assert.equal(fields.get('grpc-status'), '0', 'a small backlog beside large ones is served');
  }
  for (const { fields } of await send('/test.Echo/Join')) assert.equal(fields.get('grpc-status'), '0');
  clock.advance(501);
  for (const { fields } of await send('/test.Echo/Unary')) assert.equal(fields.get('grpc-status'), '0');
  assert.deepEqual(server.counts(), { connections: 62, calls: 0, internalErrors: 0 });
  await server.close();
});
