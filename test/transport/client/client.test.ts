import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { GrpcError, type GrpcListener, openGrpcClient, Status } from '../../../transport/index.ts';
import { ManualClock } from '../support/clock.ts';
import { createEchoLog, Echo, openEcho } from '../support/echo.ts';
import {
  ACK,
  block,
  END_HEADERS,
  END_STREAM,
  frame,
  message,
  setting,
  Type,
  word,
} from '../support/frames.ts';

const log = createEchoLog();
let listener: GrpcListener;
before(async () => {
  listener = await openEcho(log);
});
after(() => listener.close());

const open = (more: { clock?: ManualClock } = {}) =>
  openGrpcClient({ host: '127.0.0.1', port: listener.port, ...more });
const isStatus = (code: Status) => (error: unknown) => error instanceof GrpcError && error.code === code;

test('all four kinds of calls', async () => {
  await using client = await open();
  assert.equal((await client.unary(Echo.unary, Buffer.from('one'))).toString(), 'one');
  assert.equal((await client.clientStream(Echo.join, [Buffer.from('a'), Buffer.from('b')])).toString(), 'ab');
  const repeated: string[] = [];
  for await (const reply of client.serverStream(Echo.repeat, Buffer.from('3:x')))
    repeated.push(reply.toString());
  assert.deepEqual(repeated, ['3:x', '3:x', '3:x']);
  const chat: string[] = [];
  for await (const reply of client.bidi(Echo.chat, [Buffer.from('p'), Buffer.from('q')]))
    chat.push(reply.toString());
  assert.deepEqual(chat, ['p', 'q']);
});

test('large messages go both ways, alone and many at once', async () => {
  await using client = await open();
  const large = Buffer.alloc(1_500_000, 'z');
  const replies = await Promise.all(Array.from({ length: 4 }, () => client.unary(Echo.unary, large)));
  for (const reply of replies) assert.ok(reply.equals(large));
});

test('more calls than the server allows streams wait for their turn', async () => {
  await using small = await openEcho(undefined, { limits: { concurrentStreams: 2 } });
  await using client = await openGrpcClient({ host: '127.0.0.1', port: small.port });
  await client.unary(Echo.unary, Buffer.from('settings have come'));
  const calls = Array.from({ length: 50 }, (_, index) =>
    client.unary(Echo.unary, Buffer.from(String(index))),
  );
  assert.deepEqual(
    (await Promise.all(calls)).map(String),
    calls.map((_, index) => String(index)),
  );
});

test('a status arrives with its message and its trailers', async () => {
  await using client = await open();
  const error = await client.unary(Echo.fail, Buffer.from('100% ☺')).catch((reason: unknown) => reason);
  assert.ok(error instanceof GrpcError);
  assert.equal(error.code, Status.FAILED_PRECONDITION);
  assert.equal(error.message, '100% ☺');
});

test('metadata goes both ways', async () => {
  await using client = await open();
  const seen: (string | undefined)[] = [];
  await client.unary(Echo.unary, Buffer.from(''), {
    metadata: [['x-echo', 'hello']],
    onHeaders: (headers) => seen.push(headers.get('x-header')),
    onTrailers: (trailers) => seen.push(trailers.get('x-trailer'), trailers.get('grpc-status')),
  });
  assert.deepEqual(seen, ['hello', 'hello', '0']);
});

test('metadata that cannot be sent is a TypeError, and opens no stream', async () => {
  await using client = await open();
  for (const name of ['grpc-x', 'Bad Name', ':path', 'te']) {
    await assert.rejects(client.unary(Echo.unary, Buffer.from(''), { metadata: [[name, 'a']] }), TypeError);
  }
  await assert.rejects(client.unary(Echo.unary, Buffer.from(''), { metadata: [['a', 'ü']] }), TypeError);
  assert.equal(listener.counts().calls, 0);
});

test('a deadline that passes is DEADLINE_EXCEEDED', async () => {
  const clock = new ManualClock();
  await using client = await open({ clock });
  const call = client.unary(Echo.never, Buffer.from(''), { timeoutMs: 3_600_000 });
  const failed = assert.rejects(call, isStatus(Status.DEADLINE_EXCEEDED));
  await client.unary(Echo.unary, Buffer.from('')).finally(() => clock.advance(3_600_000));
  await failed;
  assert.equal(clock.armed, 0);
});

test('a call that waits for a stream keeps its deadline, and the next one gets the stream', async () => {
  const clock = new ManualClock();
  await using small = await openEcho(undefined, { limits: { concurrentStreams: 1 } });
  await using client = await openGrpcClient({ host: '127.0.0.1', port: small.port, clock });
  await client.unary(Echo.unary, Buffer.from('settings have come'));
  const controller = new AbortController();
  const first = client.unary(Echo.never, Buffer.from(''), { signal: controller.signal });
  const second = client.unary(Echo.unary, Buffer.from(''), { timeoutMs: 1_000 });
  const third = client.unary(Echo.unary, Buffer.from('third'));
  const failed = Promise.all([
    assert.rejects(first, isStatus(Status.CANCELLED)),
    assert.rejects(second, isStatus(Status.DEADLINE_EXCEEDED)),
  ]);
  clock.advance(1_000);
  controller.abort();
  await failed;
  assert.equal((await third).toString(), 'third');
  await assert.rejects(
    client.unary(Echo.unary, Buffer.from(''), { signal: controller.signal }),
    isStatus(Status.CANCELLED),
  );
});

test('aborting the signal cancels the call here and there', async () => {
  await using client = await open();
  const controller = new AbortController();
  const aborted = new Promise<void>((resolve) => {
    log.onAborted = resolve;
  });
  const call = client.unary(Echo.never, Buffer.from(''), { signal: controller.signal });
  const failed = assert.rejects(call, isStatus(Status.CANCELLED));
  await client.unary(Echo.unary, Buffer.from(''));
  controller.abort();
  await failed;
  await aborted;
});

test('leaving a stream early cancels it', async () => {
  await using client = await open();
  for await (const reply of client.serverStream(Echo.repeat, Buffer.from('1000000:x'))) {
    assert.equal(reply.toString(), '1000000:x');
    break;
  }
  await client.unary(Echo.unary, Buffer.from(''));
  assert.equal(listener.counts().calls, 0);
});

test('an unreachable server is UNAVAILABLE', async () => {
  const closed = await openEcho();
  await closed.close();
  await assert.rejects(
    openGrpcClient({ host: '127.0.0.1', port: closed.port }),
    isStatus(Status.UNAVAILABLE),
  );
});

test('a lost connection fails its calls with UNAVAILABLE, and the next call makes a new one', async () => {
  const first = await openEcho();
  await using client = await openGrpcClient({ host: '127.0.0.1', port: first.port });
  await client.unary(Echo.unary, Buffer.from(''));
  const lost = assert.rejects(client.unary(Echo.never, Buffer.from('')), isStatus(Status.UNAVAILABLE));
  await client.unary(Echo.unary, Buffer.from(''));
  await first.close();
  await lost;
  await using second = await openEcho(undefined, { port: first.port });
  assert.equal((await client.unary(Echo.unary, Buffer.from('again'))).toString(), 'again');
  assert.equal(second.counts().connections, 1);
});

test('a closed client refuses calls', async () => {
  const client = await open();
  await client.close();
  await client.close();
  await assert.rejects(client.unary(Echo.unary, Buffer.from('')), isStatus(Status.UNAVAILABLE));
});

/** A server that answers whatever comes with `bytes` once the first stream is open. */
async function openFake(
  bytes: Buffer,
): Promise<{ server: Server; port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write(Buffer.concat([frame(Type.settings, 0, 0), frame(Type.settings, ACK, 0)]));
    let answered = false;
    socket.on('data', (chunk: Buffer) => {
      if (answered || !chunk.includes(Buffer.from([0, 0, 0, 1]))) return;
      answered = true;
      socket.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { server, port, close };
}

const response = (fields: [string, string][], flags = END_HEADERS): Buffer =>
  frame(Type.headers, flags, 1, block(fields));
const ok: [string, string][] = [
  [':status', '200'],
  ['content-type', 'application/grpc'],
];
const last = END_HEADERS | END_STREAM;

const answers: Readonly<Record<string, readonly [Status, Buffer]>> = {
  'a trailers-only status is the status': [Status.NOT_FOUND, response([...ok, ['grpc-status', '5']], last)],
  'an unknown status is UNKNOWN': [Status.UNKNOWN, response([...ok, ['grpc-status', '99']], last)],
  'HTTP 503 is UNAVAILABLE': [Status.UNAVAILABLE, response([[':status', '503']], last)],
  'HTTP 404 is UNIMPLEMENTED': [Status.UNIMPLEMENTED, response([[':status', '404']], last)],
  'a response that is not gRPC is UNKNOWN': [
    Status.UNKNOWN,
    response(
      [
        [':status', '200'],
        ['content-type', 'text/html'],
      ],
      last,
    ),
  ],
  'a response without a status is INTERNAL': [
    Status.INTERNAL,
    Buffer.concat([response(ok), response([['a', 'b']], last)]),
  ],
  'a stream that ends with DATA is INTERNAL': [
    Status.INTERNAL,
    Buffer.concat([response(ok), frame(Type.data, 1, 1, message('x'))]),
  ],
  'status 0 without a message is UNIMPLEMENTED': [
    Status.UNIMPLEMENTED,
    Buffer.concat([response(ok), response([['grpc-status', '0']], last)]),
  ],
  'a message cut off is INTERNAL': [
    Status.INTERNAL,
    Buffer.concat([
      response(ok),
      frame(Type.data, 0, 1, '0000000009'),
      response([['grpc-status', '0']], last),
    ]),
  ],
  'a header list without :status at the start is INTERNAL': [Status.INTERNAL, response([['A', 'b']])],
  'REFUSED_STREAM is UNAVAILABLE': [Status.UNAVAILABLE, frame(Type.reset, 0, 1, word(7))],
  'RST_STREAM with CANCEL is CANCELLED': [Status.CANCELLED, frame(Type.reset, 0, 1, word(8))],
  'RST_STREAM with an unknown code is INTERNAL': [Status.INTERNAL, frame(Type.reset, 0, 1, word(0x99))],
  'GOAWAY below the call is UNAVAILABLE': [Status.UNAVAILABLE, frame(Type.goaway, 0, 0, '0000000000000000')],
  'rfc 9113 8.4: PUSH_PROMISE ends the connection': [Status.UNAVAILABLE, frame(Type.push, 4, 1, '00000002')],
  'rfc 9113 6.5.2: SETTINGS_ENABLE_PUSH of 1 from a server ends the connection': [
    Status.UNAVAILABLE,
    frame(Type.settings, 0, 0, setting(2, 1)),
  ],
  'rfc 9113 5.1.1: a stream opened by the server ends the connection': [
    Status.UNAVAILABLE,
    frame(Type.headers, 5, 2, block(ok)),
  ],
};

for (const [law, [code, bytes]] of Object.entries(answers)) {
  test(`client: ${law}`, { timeout: 5_000 }, async () => {
    const fake = await openFake(bytes);
    try {
      const client = await openGrpcClient({ host: '127.0.0.1', port: fake.port });
      await assert.rejects(client.unary(Echo.unary, Buffer.from('x')), isStatus(code));
    } finally {
      await fake.close();
    }
  });
}

test('client: a server that breaks a rule and sends on is closed, and does not hold the client', async () => {
  const fault = frame(Type.push, 4, 1, '00000002');
  const fake = await openFake(Buffer.concat([fault, Buffer.alloc(16 * 2 ** 20)]));
  const client = await openGrpcClient({ host: '127.0.0.1', port: fake.port });
  await assert.rejects(client.unary(Echo.unary, Buffer.from('x')), isStatus(Status.UNAVAILABLE));
  await client.close();
  await fake.close();
});
