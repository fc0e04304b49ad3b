import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { NumStoreClientError } from '../../client/client.ts';
import { openLink } from '../../client/load/run/link.ts';
import { encodeRequest } from '../../client/load/run/messages.ts';
import type { Reply } from '../../client/load/run/outcome.ts';
import type { GeneratedRpc } from '../../client/load/run/plan.ts';
import { NumStoreService } from '../../generated/numstore.ts';
import { GrpcError, type ListenerOptions, openGrpcListener, Status, unary } from '../../transport/index.ts';

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

async function open(t: TestContext, port: number, options: { deadlineMs?: number; isTimed?: boolean } = {}) {
  const link = await openLink(
    { host: '127.0.0.1', port, isEach: false },
    { deadlineMs: 30_000, isTimed: false, ...options },
  );
  t.after(() => link[Symbol.asyncDispose]());
  return (rpc: GeneratedRpc, key: string): Promise<Reply> =>
    new Promise((resolve) => {
      link.openSlot(resolve).send({ rpc, key, keyNumber: 0, value: 5n, bytes: encodeRequest(rpc, key, 5n) });
    });
}

test('link: replies are decoded and judged; a reply in many frames is put together', async (t) => {
  const send = await open(t, (await serve(t)).port);
  assert.deepEqual(await send('SetNum', 'k'), { outcome: 'SetNum' });
  assert.deepEqual(await send('Fact', 'hit'), { outcome: 'Fact, hit' });
  assert.deepEqual(await send('Fact', 'k'), { outcome: 'Fact, miss' });
  assert.match((await send('Fact', 'wrong')).wrong ?? '', /got 7$/);
  assert.deepEqual(await send('Fact', 'long'), { outcome: 'Fact, error' });
});

test('link: a status that is not OK is a failure by its name, and the next call is well', async (t) => {
  const send = await open(t, (await serve(t)).port);
  assert.deepEqual(await send('Fact', 'full'), {
    outcome: 'Fact failed',
    failure: { code: 'RESOURCE_EXHAUSTED', message: 'the queue is full' },
  });
  assert.equal((await send('GetNum', 'k')).failure?.code, 'UNIMPLEMENTED');
  assert.deepEqual(await send('SetNum', 'k'), { outcome: 'SetNum' });
});

test('link: the trailer that tells the server’s time comes with each reply, if it was asked for', async (t) => {
  const { port } = await serve(t);
  const [asking, other] = [await open(t, port, { isTimed: true }), await open(t, port)];
  for (let call = 0; call < 3; call++) {
    assert.deepEqual(await asking('SetNum', 'k'), { outcome: 'SetNum', timing: 'lock=1' });
    assert.deepEqual(await other('SetNum', 'k'), { outcome: 'SetNum' });
  }
});

test('link: a call that is not answered in time is DEADLINE_EXCEEDED, and the others are not held up', async (t) => {
  const send = await open(t, (await serve(t)).port, { deadlineMs: 50 });
  const late = send('Fact', 'never');
  assert.deepEqual(await send('SetNum', 'k'), { outcome: 'SetNum' });
  assert.equal((await late).failure?.code, 'DEADLINE_EXCEEDED');
});

test('link: more calls than the server allows streams wait for one another', async (t) => {
  const send = await open(t, (await serve(t, { limits: { concurrentStreams: 2 } })).port);
  await send('SetNum', 'k'); // by now the limit has been heard of
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => send('SetNum', 'k')));
  assert.ok(outcomes.every(({ outcome }) => outcome === 'SetNum'));
});

test('link: a lost connection fails what was under way, and is made anew by the next call', async (t) => {
  const first = await serve(t);
  const send = await open(t, first.port);
  const lost = send('Fact', 'never');
  await send('SetNum', 'k');
  await first.close();
  assert.equal((await lost).failure?.code, 'UNAVAILABLE');
  assert.equal((await send('SetNum', 'k')).failure?.code, 'UNAVAILABLE', 'nobody is there');
  await serve(t, {}, first.port);
  assert.deepEqual(await send('SetNum', 'k'), { outcome: 'SetNum' });
});

test('link: what is no HTTP/2 fails the calls, and closing does not hang', async (t) => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const send = await open(t, portOf(server.address()));
  assert.equal((await send('SetNum', 'k')).failure?.code, 'UNAVAILABLE');
});

test('link: nobody there is UNREACHABLE', async () => {
  await assert.rejects(
    openLink({ host: '127.0.0.1', port: 1, isEach: false }, { deadlineMs: 1, isTimed: false }),
    (error) => error instanceof NumStoreClientError && error.code === 'UNREACHABLE',
  );
});

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('Expected a TCP address');
  return address.port;
}
