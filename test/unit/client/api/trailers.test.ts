import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Metadata, Server, status } from '@grpc/grpc-js';
import {
  NumStoreClientError,
  type NumStoreTypedClient,
  openClient,
  type Timing,
} from '../../../../client/api/client.ts';
import { parseTiming } from '../../../../client/api/trailers.ts';
import { type NumStoreServer, NumStoreService } from '../../../../generated/numstore.ts';
import { bind } from '../../../support/stub.ts';

const full = 'lock=3;queue=1000;compute=2500;store=0;send=0;cache=miss';

test('timing: a trailer is microseconds of each part, and the outcome of the cache', () => {
  assert.deepEqual(parseTiming(full), {
    microseconds: { lock: 3, queue: 1000, compute: 2500, store: 0, send: 0 },
    cache: 'miss',
  });
});

test('timing: parts may be missing and come in any order; those of a newer server are passed over', () => {
  assert.deepEqual(parseTiming('store=2; lock=1'), { microseconds: { lock: 1, store: 2 }, cache: undefined });
  assert.deepEqual(parseTiming('cache=joined;disk=fast'), { microseconds: {}, cache: 'joined' });
});

for (const text of [
  '',
  ';',
  'lock',
  'lock=',
  'lock=-1',
  'lock=1.5',
  'lock=1;lock=2',
  'cache=warm',
  'lock=9999999999999999',
]) {
  test(`timing: "${text}" is none`, () => assert.equal(parseTiming(text), undefined));
}

/** Tells the metadata that came, and answers with the trailer that the key names. */
const asked: unknown[] = [];
const handlers: NumStoreServer = {
  setNum: (call, callback) => {
    asked.push(...call.metadata.get('numstore-timing'));
    const trailer = new Metadata();
    if (call.request.key !== 'none') trailer.set('numstore-timing', full);
    if (call.request.key === 'full') callback({ code: status.OUT_OF_RANGE, details: '', metadata: trailer });
    else callback(null, { total: 0n }, trailer);
  },
  fact: (_call, callback) => {
    const trailer = new Metadata();
    trailer.set('numstore-timing', 'queue=7000;cache=hit');
    callback(null, { value: 120n, hit: true, error: '' }, trailer);
  },
};
const stub = new Server();
let port = 0;
let client: NumStoreTypedClient;

before(async () => {
  stub.addService(NumStoreService, handlers);
  port = await bind(stub);
  client = await openClient({ port });
});

after(async () => {
  await client.close();
  stub.forceShutdown();
});

async function timingsOf(key: string): Promise<readonly Timing[]> {
  const told: Timing[] = [];
  await client.setNum(key, 1n, { onTiming: (timing) => told.push(timing) }).catch(() => undefined);
  return told;
}

test('timing: who asks is told before the call ends, of a failure too', async () => {
  assert.deepEqual(await timingsOf('A'), [parseTiming(full)]);
  assert.deepEqual(await timingsOf('full'), [parseTiming(full)]);
});

test('timing: a server that does not say is no fault', async () => {
  assert.deepEqual(await timingsOf('none'), []);
});

test('timing: the server is asked only by who wants to know', async () => {
  asked.length = 0;
  await client.setNum('A', 1n);
  assert.deepEqual(asked, []);
  await timingsOf('A');
  assert.deepEqual(asked, ['1']);
});

test('timing: a listener that throws fails its call, and does not end the process', async () => {
  const thrown = new Error('of the caller');
  const onTiming = (): never => {
    throw thrown;
  };
  await assert.rejects(client.fact('A', { onTiming }), (error) => {
    assert.ok(error instanceof NumStoreClientError);
    assert.equal(error.code, 'INTERNAL');
    assert.equal(error.message, 'onTiming: of the caller');
    assert.equal(error.cause, thrown);
    return true;
  });
});
