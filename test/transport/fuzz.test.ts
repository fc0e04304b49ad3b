import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createGrpcServer } from '../../transport/index.ts';
import { type Draw, draw } from '../support/random.ts';
import { count } from '../support/scale.ts';
import { createEchoLog, echoRoutes } from './support/echo.ts';
import { FakeSocket } from './support/fake-socket.ts';
import {
  ACK,
  data,
  END_HEADERS,
  END_STREAM,
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
} from './support/frames.ts';

/** Sessions that are right, to be made wrong. */
const sessions: readonly (readonly Buffer[])[] = [
  [
    headers(1, request('/test.Echo/Unary')),
    data(1, message('hello')),
    headers(3, request('/test.Echo/Repeat')),
    data(3, message('5:abc')),
  ],
  [
    headers(1, request('/test.Echo/Chat')),
    data(1, message('a'), 0),
    data(1, message('b'), 0),
    frame(Type.window, 0, 1, word(70_000)),
    data(1, message('c')),
  ],
  [
    headers(1, request('/test.Echo/Never', { 'grpc-timeout': '1H' })),
    data(1, message('a')),
    frame(Type.reset, 0, 1, word(8)),
    frame(Type.ping, 0, 0, '0011223344556677'),
  ],
  [
    frame(Type.settings, 0, 0, Buffer.concat([setting(1, 100), setting(4, 20), setting(5, 20_000)])),
    headers(1, request('/test.Echo/Join'), 0),
    frame(Type.continuation, END_HEADERS, 1, ''),
    frame(Type.data, PADDED | END_STREAM, 1, '0200000000016100000000'),
  ],
  [
    frame(
      Type.headers,
      END_HEADERS | PRIORITY,
      1,
      Buffer.concat([Buffer.from('0000000310', 'hex'), headers(1, request('/test.Echo/Fail')).subarray(9)]),
    ),
    data(1, message('why')),
    frame(Type.priority, 0, 3, '0000000110'),
    frame(Type.goaway, 0, 0, '0000000000000000'),
  ],
  [
    frame(Type.headers, 5, 1, '828684410f7777772e6578616d706c652e636f6d'),
    frame(Type.headers, 5, 3, '828684be58086e6f2d6361636865'),
    frame(
      Type.headers,
      5,
      5,
      '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf'.replaceAll(' ', ''),
    ),
  ],
];
const greeting = [preface, frame(Type.settings, 0, 0), frame(Type.settings, ACK, 0)];

const below = (random: Draw, limit: number): number => random.integer(0, limit - 1);

/** One to four faults: a bit, a byte, a cut, a repetition, a length, a frame out of place. */
function mutate(random: Draw, frames: readonly Buffer[]): Buffer {
  const mutated = frames.map((bytes) => Buffer.from(bytes));
  for (let faults = 1 + below(random, 4); faults > 0; faults--) {
    const at = below(random, mutated.length);
    const bytes = mutated[at] ?? Buffer.alloc(0);
    const place = below(random, Math.max(1, bytes.length));
    switch (below(random, 7)) {
      case 0:
        bytes[place] = (bytes[place] ?? 0) ^ (1 << below(random, 8));
        break;
      case 1:
        bytes[place] = below(random, 256);
        break;
      case 2:
        mutated[at] = bytes.subarray(0, place);
        break;
      case 3:
        mutated.splice(at, 0, bytes);
        break;
      case 4:
        mutated[at] = Buffer.concat([
          bytes.subarray(0, place),
          Buffer.from([below(random, 256)]),
          bytes.subarray(place),
        ]);
        break;
      case 5:
        bytes[below(random, 9)] = below(random, 12);
        break;
      default:
        mutated.splice(below(random, mutated.length), 0, ...mutated.splice(at, 1));
    }
  }
  return Buffer.concat(mutated);
}

test(`rfc 9113 10.5: mutated streams of bytes neither crash nor hang nor leak`, async () => {
  const random = draw();
  const server = createGrpcServer({ routes: echoRoutes(createEchoLog()), messageBytesMax: 10_000 });
  const rounds = count(5_000, 1_000_000);
  for (let round = 0; round < rounds; round++) {
    const socket = new FakeSocket();
    server.accept(socket);
    const session = sessions[below(random, sessions.length)] ?? [];
    const isGreeted = below(random, 10) > 0;
    const bytes = isGreeted
      ? Buffer.concat([...greeting, mutate(random, session)])
      : mutate(random, [...greeting, ...session]);
    const cut = below(random, bytes.length + 1);
    socket.receive(bytes.subarray(0, cut));
    socket.receive(bytes.subarray(cut));
    if (round % 100 === 99) await nextTurn();
    assert.equal(
      server.counts().internalErrors,
      0,
      `seed ${random.seed}, round ${round}: ${bytes.toString('hex')}`,
    );
    socket.destroy();
    if (round % 100 === 99) await nextTurn();
  }
  await server.close();
  assert.deepEqual(server.counts(), { connections: 0, calls: 0, internalErrors: 0 });
});
