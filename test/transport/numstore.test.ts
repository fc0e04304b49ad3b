import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  HealthService,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../generated/grpc/health/v1/health.ts';
import { NumStoreExtendedService, NumStoreService } from '../../generated/numstore.ts';
import { type GrpcClient, GrpcError, openGrpcClient, Status } from '../../transport/index.ts';
import { root } from '../support/process.ts';
import { type NativeNumStore, openNativeNumStore } from './support/numstore.ts';
import { findTool, needs, run } from './support/tools.ts';

/** NumStore on the native transport: the very handlers that grpc-js gets. */

let numStore: NativeNumStore;
let client: GrpcClient;
before(async () => {
  numStore = await openNativeNumStore();
  client = await openGrpcClient({ host: '127.0.0.1', port: numStore.port });
});
after(async () => {
  await client.close();
  await numStore.close();
  assert.deepEqual(numStore.faults, []);
});

const set = (key: string, value: bigint): Promise<{ total: bigint }> =>
  client.unary(NumStoreService.setNum, { key, value });
const hasStatus = (code: Status) => (error: unknown) => error instanceof GrpcError && error.code === code;

test('the exercise: A=1, B=10, A=5, B=0, and the factorial of A', async () => {
  assert.deepEqual(
    [await set('A', 1n), await set('B', 10n), await set('A', 5n), await set('B', 0n)].map(
      ({ total }) => total,
    ),
    [1n, 11n, 15n, 5n],
  );
  assert.deepEqual(await client.unary(NumStoreService.fact, { key: 'A' }), {
    value: 120n,
    hit: false,
    error: '',
  });
  assert.deepEqual(await client.unary(NumStoreService.fact, { key: 'A' }), {
    value: 120n,
    hit: true,
    error: '',
  });
  await set('A', 0n);
});

test('int64 is exact at its ends, and an overflow is OUT_OF_RANGE', async () => {
  for (const value of [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n]) {
    assert.equal((await set('edge', value)).total, value);
  }
  await set('edge', 2n ** 63n - 1n);
  await assert.rejects(set('more', 1n), hasStatus(Status.OUT_OF_RANGE));
  await set('edge', 0n);
});

test('ill-formed UTF-8 and broken messages are INVALID_ARGUMENT', async () => {
  for (const hex of ['0a02fffe', '0a05', '0a']) {
    const broken = { ...NumStoreService.setNum, requestSerialize: () => Buffer.from(hex, 'hex') };
    await assert.rejects(client.unary(broken, { key: '', value: 0n }), hasStatus(Status.INVALID_ARGUMENT));
  }
});

test('a call that asks gets the revision and the times as trailers', async () => {
  const seen: (string | undefined)[] = [];
  const onTrailers = (trailers: ReadonlyMap<string, string>): void => {
    seen.push(trailers.get('numstore-revision'), trailers.get('numstore-timing'));
  };
  const metadata = [
    ['numstore-revision', '1'],
    ['numstore-timing', '1'],
  ] as const;
  await client.unary(NumStoreService.setNum, { key: 'T', value: 1n }, { metadata, onTrailers });
  assert.match(seen[0] ?? '', /^\d+$/);
  assert.match(seen[1] ?? '', /^lock=\d+;queue=\d+;compute=\d+;store=\d+;send=\d+/);
});

test('an exact factorial comes in chunks with its length and its hash', async () => {
  await set('big', 100_000n);
  const hash = createHash('sha256');
  let received = 0;
  let byteLength = 0n;
  let sha256 = '';
  for await (const chunk of client.serverStream(NumStoreExtendedService.factExact, { key: 'big' })) {
    byteLength ||= chunk.byteLength;
    received += chunk.chunk.length;
    hash.update(chunk.chunk);
    sha256 ||= Buffer.from(chunk.sha256).toString('hex');
  }
  assert.equal(BigInt(received), byteLength);
  assert.equal(hash.digest('hex'), sha256);
  await assert.rejects(async () => {
    for await (const _ of client.serverStream(NumStoreExtendedService.factExact, { key: 'none' }));
  }, hasStatus(Status.NOT_FOUND));
});

test('a listing of many entries comes whole, and others are answered meanwhile', async () => {
  // Few at a time: on a starved machine a server may refuse a part of many that come at once.
  for (let first = 0; first < 5_000; first += 10) {
    const keys = Array.from({ length: 10 }, (_, index) => `many/${String(first + index).padStart(5, '0')}`);
    await Promise.all(keys.map((key) => set(key, 0n)));
  }
  let listed = 0;
  let answered = false;
  const request = { prefix: 'many/', startAfter: '', limit: 0n };
  for await (const { key } of client.serverStream(NumStoreExtendedService.listNums, request)) {
    assert.equal(key, `many/${String(listed).padStart(5, '0')}`);
    if (listed++ === 0) void set('meanwhile', 0n).then(() => (answered = true));
  }
  assert.equal(listed, 5_000);
  assert.equal(answered, true);
});

test('health: SERVING, and a service that is not there', async () => {
  assert.equal(
    (await client.unary(HealthService.check, { service: 'NumStore' })).status,
    ServingStatus.SERVING,
  );
  for await (const { status } of client.serverStream(HealthService.watch, { service: '' })) {
    assert.equal(status, ServingStatus.SERVING);
    break;
  }
  await assert.rejects(client.unary(HealthService.check, { service: 'x' }), hasStatus(Status.NOT_FOUND));
});

const grpcurl = findTool('grpcurl');
test(
  'grpcurl lists, describes and calls by reflection',
  needs(grpcurl, 'go install github.com/fullstorydev/grpcurl/cmd/grpcurl@latest'),
  async () => {
    const address = `127.0.0.1:${numStore.port}`;
    assert.match(await run(grpcurl, ['-plaintext', address, 'list']), /NumStoreExtended/);
    assert.match(await run(grpcurl, ['-plaintext', address, 'describe', 'NumStore.SetNum']), /SetNumRequest/);
    const reply = await run(grpcurl, [
      '-plaintext',
      '-d',
      '{"key": "curl", "value": "3"}',
      address,
      'NumStore/SetNum',
    ]);
    assert.match(reply, /"total"/);
    await set('curl', 0n);
  },
);

const ghz = findTool('ghz');
test(
  'ghz gets an answer to each of its calls',
  needs(ghz, 'go install github.com/bojand/ghz/cmd/ghz@latest'),
  async () => {
    const proto = join(root, 'numstore.proto');
    const args = [
      '--insecure',
      '--proto',
      proto,
      '--call',
      'NumStore.SetNum',
      '-d',
      '{"key": "ghz", "value": "0"}',
    ];
    const told = await run(ghz, [...args, '-n', '2000', '-c', '4', `127.0.0.1:${numStore.port}`]);
    assert.match(told, /\[OK\]\s+2000 responses/);
  },
);
