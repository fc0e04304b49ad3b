import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status as Status } from '@grpc/grpc-js';
import { siblingModule } from '../../thread/start.ts';
import {
  connectExact,
  type ExactClient,
  factorialHex,
  type StalledCall,
  sha256,
  stall,
} from '../support/fact-exact.ts';
import { count } from '../support/scale.ts';
import { reservedMax, type ServedStack, type StackOptions, serveStack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { connect, type Wire } from '../support/wire.ts';

/** A server with both clients, all closed at the end. */
async function withServer(
  options: StackOptions,
  use: (parts: { stack: ServedStack; wire: Wire; exact: ExactClient }) => Promise<void>,
): Promise<void> {
  const stack = await serveStack(options);
  const wire = connect(stack.address);
  const exact = connectExact(stack.address);
  try {
    await use({ stack, wire, exact });
  } finally {
    wire.close();
    exact.close();
    await stack.close();
  }
  assert.deepEqual(stack.internalErrors, []);
}

test('FactExact: n, length and hit come first, at most 64 KiB each, and the SHA-256 last; the bytes are n!', () =>
  withServer({}, async ({ wire, exact }) => {
    for (const n of [0, 1, 5, 20, 21, 1000, 20_000]) {
      await wire.setNum('n', BigInt(n));
      const { bytes, first, chunkLengths, sha256: hash, status } = await exact.ask('n');
      assert.equal(status.code, Status.OK);
      assert.equal(bytes.toString('hex'), factorialHex(n));
      assert.deepEqual([first?.n, first?.byteLength, first?.hit], [BigInt(n), BigInt(bytes.length), false]);
      assert.ok(chunkLengths.every((length) => length <= 65_536));
      assert.ok(chunkLengths.slice(0, -1).every((length) => length === 65_536));
      assert.deepEqual(hash, sha256(bytes));
    }
    assert.ok((await exact.ask('n')).chunkLengths.length === 1);
    await wire.setNum('n', 100_000n);
    const { chunkLengths } = await exact.ask('n');
    assert.deepEqual(chunkLengths, [65_536, 65_536, 58_517], '100 000! has 189 589 bytes');
  }));

test('FactExact: it shares one cache with Fact', () =>
  withServer({}, async ({ wire, exact }) => {
    await wire.setNum('n', 12n);
    assert.equal((await exact.ask('n')).first?.hit, false);
    assert.equal((await wire.fact('n')).hit, true);
    await wire.setNum('n', 13n);
    assert.equal((await wire.fact('n')).hit, false);
    assert.equal((await exact.ask('n')).first?.hit, true);
  }));

test('FactExact: missing, negative, above the limit, a bad key: the statuses of the contract, and no work done', () =>
  withServer({ nMax: 100 }, async ({ stack, wire, exact }) => {
    await wire.setNum('negative', -1n);
    await wire.setNum('large', 101n);
    const codes = {
      missing: Status.NOT_FOUND,
      negative: Status.FAILED_PRECONDITION,
      large: Status.OUT_OF_RANGE,
    };
    for (const [key, code] of Object.entries(codes)) {
      const { status, first } = await exact.ask(key);
      assert.equal(status.code, code, status.details);
      assert.equal(first, undefined);
    }
    assert.match((await exact.ask('large')).status.details, /101.*100/);
    assert.equal((await exact.ask('x'.repeat(1025))).status.code, Status.INVALID_ARGUMENT);
    assert.deepEqual([stack.pool.stats().run.count, stack.cache.size, stack.memory.usedBytes], [0, 0, 0]);
  }));

const callers = count(200, 1000);

test(`FactExact: ${callers} concurrent callers of one cold n: one computation, and the same bytes for all`, () =>
  withServer({}, async ({ stack, wire, exact }) => {
    await wire.setNum('n', 30_000n);
    const replies = await Promise.all(Array.from({ length: callers }, () => exact.ask('n')));
    assert.equal(stack.pool.stats().run.count, 1);
    const expected = sha256(Buffer.from(factorialHex(30_000), 'hex'));
    for (const { bytes, status } of replies) {
      assert.equal(status.code, Status.OK);
      assert.deepEqual(sha256(bytes), expected);
    }
    assert.equal(stack.memory.usedBytes, stack.cache.get(30_000)?.memory.bytes);
  }));

const readers = count(12, 50);
const readerN = count(300_000, 3_200_000);
const readerBytes = count(4, 256) * 2 ** 20;

test(`FactExact: ${readers} stopped readers of distinct large answers cost no more than the bound, and others are served`, () =>
  withServer(
    { resultBytes: readerBytes, nMax: 4_000_000, readerStallMs: 600_000 },
    async ({ stack, wire, exact }) => {
      const rssBefore = process.memoryUsage().rss;
      const stalled: StalledCall[] = [];
      let refused = false;
      for (let reader = 0; reader < readers; reader++) {
        await wire.setNum(`n${reader}`, BigInt(readerN + reader));
        const done = stack.pool.stats().run.count;
        const call = stall(stack.address, `n${reader}`);
        stalled.push(call);
        refused = await Promise.race([
          until(() => stack.pool.stats().run.count > done, 'the computation').then(() => false),
          call.refused,
        ]);
      }
      assert.ok(refused, 'not all of them fit');
      assert.ok(stack.memory.usedBytes <= readerBytes);
      const grownBytes = process.memoryUsage().rss - rssBefore;
      // The results, what the engine and the sockets hold, and the slack of a garbage collector.
      assert.ok(grownBytes < readerBytes + 400 * 2 ** 20, `grew by ${grownBytes}`);

      await wire.setNum('small', 10n);
      assert.equal((await wire.fact('small')).value, 3_628_800n, 'others are served');
      for (const call of stalled) call.cancel();
      await until(() => stack.memory.usedBytes <= reservedMax(stack.cache), 'the readers to let go');
      await wire.setNum('n', BigInt(readerN + 99));
      assert.equal((await exact.ask('n')).status.code, Status.OK, 'there is room again');
    },
  ));

test('FactExact: a reader that takes nothing for too long is cut off, and what it held is free', () =>
  withServer({ readerStallMs: 300 }, async ({ stack, wire, exact }) => {
    await wire.setNum('n', 300_000n);
    const call = stall(stack.address, 'n');
    await until(() => stack.cache.size === 1, 'the result');
    await until(() => stack.cache.get(300_000)?.memory.holders === 1, 'the reader to be given up');
    const code = await call.resume();
    assert.ok(code === Status.RESOURCE_EXHAUSTED || code === undefined, `cut off, or told: ${code}`);
    assert.equal(
      (await exact.ask('n')).status.code,
      Status.OK,
      'others are served, on a new connection if need be',
    );
  }));

test('FactExact: a stopped reader is past its deadline when its deadline says so', () =>
  withServer({ readerStallMs: 600_000 }, async ({ stack, wire }) => {
    await wire.setNum('n', 300_000n);
    const call = stall(stack.address, 'n', '500m');
    await until(() => stack.cache.size === 1, 'the result');
    await until(() => stack.cache.get(300_000)?.memory.holders === 1, 'the reader to be given up');
    const code = await call.resume();
    assert.ok(code === Status.DEADLINE_EXCEEDED || code === undefined, `cut off, or told: ${code}`);
  }));

test('FactExact: a cancelled computation stops, its worker survives, and the next caller starts anew', () =>
  withServer({ nMax: 20_000_000 }, async ({ stack, wire }) => {
    await wire.setNum('huge', 10_000_000n);
    const call = stall(stack.address, 'huge');
    await until(() => stack.pool.stats().running === 1, 'the computation');
    call.cancel();
    await until(() => stack.pool.stats().running === 0, 'the worker to be free');
    assert.deepEqual([stack.pool.stats().ready, stack.pool.stats().workersLost], [4, 0]);
    assert.deepEqual([stack.inFlight.size, stack.memory.usedBytes, stack.cache.size], [0, 0, 0]);
    await wire.setNum('n', 5n);
    assert.equal((await wire.fact('n')).value, 120n);
  }));

test('FactExact: a deadline that passes while it computes ends the computation', () =>
  withServer({ nMax: 20_000_000 }, async ({ stack, wire, exact }) => {
    await wire.setNum('huge', 10_000_000n);
    const { status } = await exact.ask('huge', { deadlineMs: 300 });
    assert.equal(status.code, Status.DEADLINE_EXCEEDED);
    await until(() => stack.pool.stats().running === 0, 'the worker to be free');
    assert.equal(stack.cache.size, 0);
  }));

test('engine: if it fails, BigInt answers, the answer is right, and it is counted', () =>
  withServer(
    { workerFile: siblingModule('../support/workers/faulty', import.meta.url) },
    async ({ stack, wire, exact }) => {
      await wire.setNum('n', 5000n);
      assert.equal((await exact.ask('n')).bytes.toString('hex'), factorialHex(5000));
      assert.equal(stack.pool.stats().fallbacks, 1);
    },
  ));

test('cancel: in the BigInt fallback, which cannot be interrupted, the worker is replaced', () =>
  withServer(
    { workerFile: siblingModule('../support/workers/faulty', import.meta.url), nMax: 20_000_000 },
    async ({ stack, wire }) => {
      await wire.setNum('huge', 10_000_000n);
      const call = stall(stack.address, 'huge');
      await until(() => stack.pool.stats().running === 1, 'the computation');
      call.cancel();
      await until(
        () => stack.pool.stats().running === 0 && stack.pool.stats().ready === 4,
        'a pool of four again',
      );
      assert.equal(stack.pool.stats().workersLost, 0, 'it was not lost, it was let go');
    },
  ));

test('timing: whoever asks is told where the time went, with every call, and nobody else is', () =>
  withServer({}, async ({ wire, exact }) => {
    await wire.setNum('n', 20_000n);
    const asked = { metadata: { 'numstore-timing': '1' } };
    const cold = (await exact.ask('n', asked)).status.metadata.get('numstore-timing')[0];
    assert.match(String(cold), /^lock=\d+;queue=\d+;compute=[1-9]\d*;store=\d+;send=[1-9]\d*;cache=miss$/);
    const warm = (await exact.ask('n', asked)).status.metadata.get('numstore-timing')[0];
    assert.match(String(warm), /^lock=\d+;queue=0;compute=0;store=\d+;send=[1-9]\d*;cache=hit$/);
    assert.deepEqual((await exact.ask('n')).status.metadata.get('numstore-timing'), []);
    assert.match(await wire.timing('setNum', 'n'), /^lock=\d+;queue=0;compute=0;store=\d+;send=0$/);
    assert.match(await wire.timing('fact', 'n'), /;cache=miss$/, 'the value is 1 now');
  }));
