import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as rest } from 'node:timers/promises';
import { Peer } from '../../bench/abuse/peer.ts';
import { SetNumRequest } from '../../generated/numstore.ts';
import { createRequestBudget } from '../../server/net/request-budget.ts';
import { serveStack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { connect } from '../support/wire.ts';
import { data, headers, message, request } from '../transport/support/frames.ts';

/** What requests may cost that are not complete, on either transport. */

/** Ten times what servers here are told to wait. */
const guardMs = 30_000;
const frameBytes = 16_000;
const setNum = (key: string): Buffer =>
  message(Buffer.from(SetNumRequest.encode({ key, value: 1n }).finish()));
/** The head of a call, and `bytes` of a message that announces 64 KiB. */
const incomplete = (id: number, bytes: number, path = '/NumStore/SetNum'): Buffer[] => {
  const content = message(Buffer.alloc(65_536)).subarray(0, bytes);
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes; at += frameBytes)
    frames.push(data(id, content.subarray(at, at + frameBytes), 0));
  return [headers(id, request(path)), ...frames];
};

test('requests: beyond --request-bytes the connection that holds the most loses its own, and the others go on', async () => {
  const refused: number[] = [];
  const requests = createRequestBudget(400_000, (bytes) => refused.push(bytes));
  const stack = await serveStack({ requests });
  const [small, large] = [await Peer.open(stack.server.port), await Peer.open(stack.server.port)];
  await small.send(...incomplete(1, 20_000));
  await until(() => requests.counts().bytes >= 20_000, 'the small one');
  for (let id = 1; id < 20; id += 2) await large.send(...incomplete(id, 60_000));
  await large.heard(1, guardMs);
  await until(() => requests.counts().refusals > 0, 'the refusal');
  assert.ok((large.said.get('RESOURCE_EXHAUSTED') ?? 0) >= 1, [...large.said.keys()].join());
  assert.deepEqual([...small.said.keys()], [], 'the small one goes on');
  assert.ok(requests.counts().bytes <= 400_000);
  assert.ok(
    refused.every((bytes) => bytes > 40_000),
    'only the large one was refused',
  );
  const wire = connect(stack.address);
  assert.equal(await wire.setNum('A', 1n), 1n);
  // A connection that lost its requests may send others. On a busy machine some are refused as late.
  for (let id = 101; !large.said.has('OK'); id += 2) {
    const before = large.answers;
    await large.send(headers(id, request('/NumStore/SetNum')), data(id, setNum('B')));
    await until(() => large.answers > before, 'its next call');
  }
  for (const peer of [small, large]) peer.destroy();
  await until(() => requests.counts().bytes === 0, 'the account of closed connections');
  wire.close();
  await stack.close();
});

test('requests: served calls leave nothing in the account, large and broken ones included', async () => {
  const requests = createRequestBudget(2 ** 20, () => assert.fail('nothing to refuse'));
  const stack = await serveStack({ requests });
  const peer = await Peer.open(stack.server.port);
  const large = message(Buffer.alloc(60_000));
  for (let id = 1; id < 40; id += 2) {
    const ends = [data(id, large.subarray(0, 16_000), 0), data(id, large.subarray(16_000, 32_000), 0)];
    await peer.send(
      headers(id, request('/NumStore/SetNum')),
      ...ends,
      data(id, large.subarray(32_000, 40_000)),
    );
  }
  await peer.heard(20, guardMs);
  await until(() => requests.counts().bytes === 0, 'an empty account');
  peer.destroy();
  await stack.close();
});

for (const bytes of [0, 600]) {
  test(`requests: one of ${bytes} bytes that is not complete in time is DEADLINE_EXCEEDED, and its stream ends`, async () => {
    const requests = createRequestBudget(2 ** 30, () => assert.fail('nothing to refuse'));
    const stack = await serveStack({ requests, times: { requestMs: 300 } });
    const peer = await Peer.open(stack.server.port);
    await peer.send(...incomplete(1, bytes));
    await peer.heard(2, guardMs);
    assert.deepEqual(
      [...peer.said],
      [
        ['DEADLINE_EXCEEDED', 1],
        ['RST_STREAM NO_ERROR', 1],
      ],
    );
    assert.equal(requests.counts().bytes, 0);
    peer.destroy();
    await stack.close();
  });
}

/** Requests that no method takes: the head, and how the stream ends. */
const strange: Readonly<Record<string, Buffer>> = {
  'of an unknown path': headers(1, request('/NumStore/Nothing')),
  'of another content-type': headers(1, request('/NumStore/SetNum', { 'content-type': 'text/plain' })),
  'of another method': headers(1, request('/NumStore/SetNum', { ':method': 'PUT' })),
};

for (const [name, head] of Object.entries(strange)) {
  test(`requests: one ${name} that is not complete in time holds no stream`, async () => {
    const stack = await serveStack({ times: { requestMs: 300 } });
    const peer = await Peer.open(stack.server.port);
    await peer.send(head, data(1, message(Buffer.alloc(60_000)).subarray(0, 100), 0));
    await until(() => [...peer.said.keys()].some((said) => said.startsWith('RST_STREAM')), 'the end');
    peer.destroy();
    await stack.close();
  });
}

test('requests: a slow upload at a fair rate is served', async () => {
  const stack = await serveStack({ times: { requestMs: 300 } });
  const peer = await Peer.open(stack.server.port);
  const content = setNum('k'.repeat(1_000));
  await peer.send(headers(1, request('/NumStore/SetNum')));
  // A second in all: three times what a request gets that brings nothing.
  for (let at = 0; at < content.length; at += 256) {
    await peer.send(data(1, content.subarray(at, at + 256), at + 256 >= content.length ? 1 : 0));
    await rest(200);
  }
  assert.equal(await peer.answer(guardMs), 'OK');
  peer.destroy();
  await stack.close();
});

for (const path of ['/NumStore/SetNum', '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo']) {
  test(`requests: a connection with nothing but incomplete ones of ${path} is idle`, async () => {
    const stack = await serveStack({ times: { idleMs: 300, requestMs: guardMs, closeMs: 300 } });
    const peer = await Peer.open(stack.server.port);
    await peer.send(...incomplete(1, 100, path), ...incomplete(3, 100, path));
    assert.equal(await peer.closed(guardMs), true);
    peer.destroy();
    await stack.close();
  });
}
