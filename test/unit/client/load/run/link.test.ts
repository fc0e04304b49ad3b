import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { NumStoreClientError } from '../../../../../client/api/client.ts';
import { parseTiming } from '../../../../../client/api/trailers.ts';
import { openGrpcJsLinks } from '../../../../../client/load/run/grpc-js-link.ts';
import { openLightLinks } from '../../../../../client/load/run/light-link.ts';
import type { Link, OpenLinks } from '../../../../../client/load/run/link.ts';
import { encodeRequest } from '../../../../../client/load/run/messages.ts';
import type { Reply } from '../../../../../client/load/run/outcome.ts';
import type { RpcName } from '../../../../../client/load/run/plan.ts';
import { NumStoreService } from '../../../../../generated/numstore.ts';
import {
  GrpcError,
  type ListenerOptions,
  openGrpcListener,
  Status,
  unary,
} from '../../../../../transport/index.ts';
import { until } from '../../../../support/until.ts';

/** Answers by the key of a Fact. */
async function serve(t: TestContext, options: Partial<ListenerOptions> = {}, port = 0) {
  const waiting: (() => void)[] = [];
  const setNum = unary(NumStoreService.setNum, async ({ value }, call) => {
    if (call.metadata('numstore-timing') === '1') call.setTrailer('numstore-timing', 'lock=1');
    return { total: value };
  });
  const fact = unary(NumStoreService.fact, async ({ key }) => {
    if (key === 'never') await new Promise<void>((resolve) => waiting.push(resolve));
    if (key === 'full') throw new GrpcError(Status.RESOURCE_EXHAUSTED, 'the queue is full');
    return {
      value: key === 'wrong' ? 7n : 120n,
      hit: key === 'hit',
      error: key === 'long' ? 'e'.repeat(100_000) : '',
    };
  });
  const listener = await openGrpcListener({ host: '127.0.0.1', port, routes: [setNum, fact], ...options });
  t.after(async () => {
    for (const answer of waiting) answer();
    await listener.close();
  });
  return listener;
}

/** Both ways to send the calls of a run. */
const links = Object.entries({ light: openLightLinks, 'grpc-js': openGrpcJsLinks });

async function open(
  t: TestContext,
  openLinks: OpenLinks,
  port: number,
  { deadlineMs = 30_000, isTimed = false }: { deadlineMs?: number; isTimed?: boolean } = {},
) {
  const [link] = await openAt(openLinks, port, { deadlineMs, isTimed });
  assert.ok(link !== undefined);
  t.after(() => link[Symbol.asyncDispose]());
  return (rpc: RpcName, key: string): Promise<Reply> =>
    new Promise((resolve) => {
      link.openSlot(resolve).send({ rpc, key, keyNumber: 0, value: 5n, bytes: encodeRequest(rpc, key, 5n) });
    });
}

function openAt(
  openLinks: OpenLinks,
  port: number,
  calls: { readonly deadlineMs: number; readonly isTimed: boolean },
): Promise<readonly Link[]> {
  return openLinks({ servers: [{ host: '127.0.0.1', port, isEach: false }], security: {}, ...calls }, [0]);
}

for (const [name, openLinks] of links) {
  test(`link, ${name}: replies are decoded and judged; a reply in many frames is put together`, async (t) => {
    const send = await open(t, openLinks, (await serve(t)).port);
    assert.deepEqual(await send('SetNum', 'k'), { outcome: 'SetNum' });
    assert.deepEqual(await send('Fact', 'hit'), { outcome: 'Fact, hit' });
    assert.deepEqual(await send('Fact', 'k'), { outcome: 'Fact, miss' });
    assert.match((await send('Fact', 'wrong')).wrong ?? '', /got 7$/);
    assert.deepEqual(await send('Fact', 'long'), { outcome: 'Fact, error' });
  });

  test(`link, ${name}: a status that is not OK is a failure by its name, and the next call is well`, async (t) => {
    const send = await open(t, openLinks, (await serve(t)).port);
    assert.deepEqual(await send('Fact', 'full'), {
      outcome: 'Fact failed',
      failure: { code: 'RESOURCE_EXHAUSTED', message: 'the queue is full' },
    });
    assert.equal((await send('GetNum', 'k')).failure?.code, 'UNIMPLEMENTED');
    assert.deepEqual(await send('SetNum', 'k'), { outcome: 'SetNum' });
  });

  test(`link, ${name}: the trailer that tells the server’s time comes with each reply, if it was asked for`, async (t) => {
    const { port } = await serve(t);
    const [asking, other] = [
      await open(t, openLinks, port, { isTimed: true }),
      await open(t, openLinks, port),
    ];
    for (let call = 0; call < 3; call++) {
      assert.deepEqual(await asking('SetNum', 'k'), { outcome: 'SetNum', timing: parseTiming('lock=1') });
      assert.deepEqual(await other('SetNum', 'k'), { outcome: 'SetNum' });
    }
  });

  test(`link, ${name}: a call that is not answered in time is DEADLINE_EXCEEDED, and the others are not held up`, async (t) => {
    const send = await open(t, openLinks, (await serve(t)).port, { deadlineMs: 50 });
    const late = send('Fact', 'never');
    assert.deepEqual(await send('SetNum', 'k'), { outcome: 'SetNum' });
    assert.equal((await late).failure?.code, 'DEADLINE_EXCEEDED');
  });

  test(`link, ${name}: more calls than the server allows streams wait for one another`, async (t) => {
    const send = await open(t, openLinks, (await serve(t, { limits: { concurrentStreams: 2 } })).port);
    await send('SetNum', 'k'); // by now the limit has been heard of
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => send('SetNum', 'k')));
    assert.ok(outcomes.every(({ outcome }) => outcome === 'SetNum'));
  });

  test(`link, ${name}: a lost connection fails what was under way, and is made anew by the next call`, async (t) => {
    const first = await serve(t);
    const send = await open(t, openLinks, first.port);
    const lost = send('Fact', 'never');
    await send('SetNum', 'k');
    await first.close();
    // grpc-js sees the reset of the stream or the end of the connection, whichever comes first
    const codes = name === 'light' ? ['UNAVAILABLE'] : ['UNAVAILABLE', 'INTERNAL'];
    assert.ok(codes.includes((await lost).failure?.code ?? 'none'));
    assert.equal((await send('SetNum', 'k')).failure?.code, 'UNAVAILABLE', 'nobody is there');
    await serve(t, {}, first.port);
    // grpc-js waits a moment before it tries again
    await until(async () => (await send('SetNum', 'k')).outcome === 'SetNum', 'the connection is made anew');
  });
}

test('link: where no server speaks HTTP/2, opening is UNREACHABLE after the time allowed', async (t) => {
  const sockets: Socket[] = [];
  const http1 = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  const silent = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  for (const server of [http1, silent]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of [http1, silent]) server.close();
  });
  const ports = [1, portOf(http1.address()), portOf(silent.address())];
  const opening = links.flatMap(([, openLinks]) =>
    ports.map((port) =>
      assert.rejects(openAt(openLinks, port, { deadlineMs: 1, isTimed: false }), (error) => {
        assert.ok(error instanceof NumStoreClientError);
        assert.equal(error.code, 'UNREACHABLE');
        assert.match(error.message, /^no gRPC server answers at 127\.0\.0\.1:\d+ \(waited 5 s\)/);
        return true;
      }),
    ),
  );
  await Promise.all(opening);
});

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('Expected a TCP address');
  return address.port;
}
