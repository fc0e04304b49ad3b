import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Server, status } from '@grpc/grpc-js';
import { type ExactProgress, type NumStoreTypedClient, openClient } from '../../../../client/api/client.ts';
import { byteLengthMax } from '../../../../client/api/exact-factorial.ts';
import {
  type FactExactChunk,
  type NumStoreExtendedServer,
  NumStoreExtendedService,
} from '../../../../generated/numstore.ts';
import { bind, rejectsWith } from '../../../support/stub.ts';

const none = Buffer.alloc(0);
const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7 + 1) % 256));
const sha256 = createHash('sha256').update(bytes).digest();
const good = split(bytes, 65_536, sha256);
const [first, ...rest] = good;
assert.ok(first !== undefined);

/** The one call of which the stubs know. */
type Stub = Pick<NumStoreExtendedServer, 'factExact'>;

/** What the stub answers, by key. */
const answers: ReadonlyMap<string, readonly FactExactChunk[]> = new Map([
  ['good', good],
  ['one', split(Buffer.of(1), 65_536, createHash('sha256').update(Buffer.of(1)).digest())],
  ['nothing', []],
  ['short', good.slice(0, -1)],
  ['long', [...good, { ...first, chunk: Buffer.of(1), sha256 }]],
  ['changed', [{ ...first, chunk: Buffer.alloc(first.chunk.length) }, ...rest]],
  ['no hash', split(bytes, 65_536, none)],
  ['early hash', [{ ...first, sha256 }, ...rest.map((message) => ({ ...message, sha256: none }))]],
  ['huge', [{ ...first, byteLength: BigInt(byteLengthMax) + 1n }, ...rest]],
  ['empty', [{ ...first, byteLength: 0n, chunk: none }]],
  ['negative length', [{ ...first, byteLength: -1n }]],
  ['negative n', [{ ...first, n: -1n }]],
]);
let announceSilent = (): void => undefined;
let onCancelled = (): void => undefined;
const handlers: Stub = {
  factExact: (call) => {
    const { key } = call.request;
    call.on('cancelled', () => onCancelled());
    if (key === 'missing') call.emit('error', { code: status.NOT_FOUND, details: 'no key' });
    else if (key === 'silent') announceSilent();
    else for (const message of answers.get(key) ?? []) call.write(message);
    // one that never ends shows that the client hangs up
    if (answers.has(key) && key !== 'huge') call.end();
  },
};
const stub = new Server();
let client: NumStoreTypedClient;

before(async () => {
  stub.addService(NumStoreExtendedService, handlers);
  client = await openClient({ port: await bind(stub) });
});

after(async () => {
  await client.close();
  stub.forceShutdown();
});

test('factExact: gives n, the number, its bytes and hit, telling how it arrives', async () => {
  const seen: ExactProgress[] = [];
  const exact = await client.factExact('good', { onProgress: (progress) => seen.push(progress) });
  assert.equal(exact.n, 7n);
  assert.equal(exact.hit, true);
  assert.deepEqual(Buffer.from(exact.bytes), bytes);
  assert.equal(exact.value, BigInt(`0x${bytes.toString('hex')}`));
  assert.deepEqual(
    seen.map(({ receivedBytes }) => receivedBytes),
    [65_536, 131_072, 196_608, 200_000],
  );
  assert.ok(seen.every(({ byteLength }) => byteLength === 200_000));
});

test('factExact: one byte is a number, too', async () => {
  assert.equal((await client.factExact('one')).value, 1n);
});

const damages: readonly (readonly [key: string, message: RegExp])[] = [
  ['nothing', /expected at least one message, got none$/],
  ['short', /expected 200000 bytes in all, got 196608$/],
  ['long', /expected 200000 bytes in all, got at least 200001$/],
  ['changed', /expected SHA-256 [0-9a-f]{64}, got bytes of SHA-256 [0-9a-f]{64}$/],
  ['no hash', /expected SHA-256 \(none\), got/],
  ['early hash', /expected SHA-256 \(none\), got/],
  ['huge', /expected a byte_length from 1 to 134217728, got 134217729$/],
  ['empty', /expected a byte_length from 1 to 134217728, got 0$/],
  ['negative length', /expected a byte_length .* got -1$/],
  ['negative n', /expected a factorial of n >= 0, got n = -1$/],
];
for (const [key, message] of damages) {
  test(`factExact: an answer that is damaged ("${key}") is CORRUPT, with a reason`, () =>
    assert.rejects(client.factExact(key), { name: 'NumStoreClientError', code: 'CORRUPT', message }));
}

test('factExact: what cannot be right is given up at once, the call cancelled', async () => {
  const cancelled = new Promise<void>((resolve) => {
    onCancelled = resolve;
  });
  await rejectsWith(client.factExact('huge'), 'CORRUPT');
  await cancelled;
});

test('factExact: a status is an error with its name as code and its details as message', () =>
  assert.rejects(client.factExact('missing'), { code: 'NOT_FOUND', message: 'no key' }));

test('factExact: an ill-formed key is refused before it is sent', () =>
  rejectsWith(client.factExact('\ud800'), 'INVALID_KEY'));

test('factExact: ends at its deadline', () =>
  rejectsWith(client.factExact('silent', { deadlineMs: 20 }), 'DEADLINE_EXCEEDED'));

test('factExact: aborted is CANCELLED, before it is sent and after', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  announceSilent = () => controller.abort();
  await rejectsWith(client.factExact('silent', { signal }), 'CANCELLED');
  await rejectsWith(client.factExact('good', { signal }), 'CANCELLED');
});

test('factExact: close lets one in flight end, and refuses a new one as CLOSED', async () => {
  const port = await bind(stub);
  const other = await openClient({ port });
  const inFlight = other.factExact('good');
  const closed = other.close();
  await rejectsWith(other.factExact('good'), 'CLOSED');
  assert.equal((await inFlight).n, 7n);
  await closed;
});

test('factExact: a server without it is UNIMPLEMENTED', async () => {
  const old = new Server();
  const opened = await openClient({ port: await bind(old) });
  await rejectsWith(opened.factExact('A'), 'UNIMPLEMENTED');
  await opened.close();
  old.forceShutdown();
});

test('factExact: messages are asked for as they are taken: a reader that stops holds the sender', async () => {
  const controller = new AbortController();
  const held = new Server();
  let written = 0;
  const endless: Stub = {
    factExact: async (call) => {
      const chunk = Buffer.alloc(65_536);
      const message = { chunk, hit: false, n: 7n, byteLength: BigInt(byteLengthMax), sha256: none };
      while (!call.cancelled && written < 2000) {
        written++;
        if (!call.write(message)) await Promise.race([once(call, 'drain'), once(call, 'cancelled')]);
      }
    },
  };
  held.addService(NumStoreExtendedService, endless);
  const opened = await openClient({ port: await bind(held) });
  let taken = 0;
  const onProgress = (): void => {
    taken++;
    if (taken === 20) controller.abort();
  };
  await rejectsWith(opened.factExact('A', { onProgress, signal: controller.signal }), 'CANCELLED');
  assert.ok(written < 2000, `${written} messages were sent to a reader that took ${taken}`);
  await opened.close();
  held.forceShutdown();
});

function split(whole: Buffer, chunkBytes: number, hash: Buffer): readonly FactExactChunk[] {
  const count = Math.ceil(whole.length / chunkBytes);
  return Array.from({ length: count }, (_, index) => ({
    chunk: whole.subarray(index * chunkBytes, (index + 1) * chunkBytes),
    hit: index === 0,
    n: index === 0 ? 7n : 0n,
    byteLength: index === 0 ? BigInt(whole.length) : 0n,
    sha256: index === count - 1 ? hash : none,
  }));
}
