import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Server } from '@grpc/grpc-js';
import fc from 'fast-check';
import { NumStoreClientError, type NumStoreTypedClient, openClient } from '../../../../client/api/client.ts';
import { NumStoreExtendedService, NumStoreService, Stats } from '../../../../generated/numstore.ts';
import { count } from '../../../support/scale.ts';
import { bind, rejectsWith } from '../../../support/stub.ts';

let requests = 0;
const zeros = { ...Stats.decode(new Uint8Array()), value: 0n, total: 0n, deleted: false, found: false };
/** Ends a call, and counts it: it has been sent. */
function answer(_call: unknown, callback: (error: null, reply: object) => void): void {
  requests++;
  callback(null, { ...zeros, hit: false, error: '' });
}
function end(stream: { end(): void }): void {
  requests++;
  stream.end();
}
const stub = new Server();
stub.addService(NumStoreService, { setNum: answer, fact: answer });
stub.addService(NumStoreExtendedService, {
  ...{ getNum: answer, addNum: answer, deleteNum: answer, getStats: answer },
  ...{ factExact: end, listNums: end },
});

let port = 0;
let client: NumStoreTypedClient;

before(async () => {
  port = await bind(stub);
  client = await openClient({ port });
});

after(async () => {
  await client.close();
  stub.forceShutdown();
});

beforeEach(() => {
  requests = 0;
});

/** The methods, and how many arguments stand before the options. */
const methods = {
  setNum: 2,
  fact: 1,
  factExact: 1,
  getNum: 1,
  addNum: 2,
  deleteNum: 1,
  listNums: 0,
  stats: 0,
};
type MethodName = keyof typeof methods;
const names = Object.keys(methods).filter((name): name is MethodName => Object.hasOwn(methods, name));
const valid = ['A', 1n];

/** Calls a method as a program in plain JavaScript may. */
async function call(name: MethodName, given: readonly unknown[]): Promise<unknown> {
  const result: unknown = Reflect.apply(client[name], client, given);
  if (name !== 'listNums') return await result;
  const entries: unknown[] = [];
  const listing: AsyncIterable<unknown> = Reflect.apply(client.listNums, client, given);
  for await (const entry of listing) entries.push(entry);
  return entries;
}

const open = (options: unknown): Promise<NumStoreTypedClient> =>
  Reflect.apply(openClient, undefined, [options]);

const refusals: readonly unknown[] = ['INVALID_OPTION', 'INVALID_KEY', 'INVALID_VALUE'];

/** Asserts what is true of each error: it is the client's, and a refusal says what was expected. */
function assertOwnError(error: unknown): void {
  assert.ok(error instanceof NumStoreClientError, String(error));
  if (refusals.includes(error.code)) assert.match(error.message, /^Expected .*, got /s);
}

test('arguments: each of the wrong ones is refused with its code before anything is sent', async () => {
  const secret = 'a secret';
  const wrongOptions: readonly unknown[] = [
    ...[Number.NaN, 1e300, -1, 0, -0, '5000', null, 5n, 2 ** 31, -Infinity, {}, []].map((deadlineMs) => ({
      deadlineMs,
    })),
    ...[null, 5, 'now', {}, { aborted: false }, new AbortController()].map((signal) => ({ signal })),
    ...[null, 5, 'f', {}].flatMap((listener) => [{ onTiming: listener }, { onRevision: listener }]),
    ...[{ deadlineMS: 5 }, { deadline: 5 }, { retries: true }, { unknown: undefined }],
    ...[null, 5, 'x', [], new Map(), new Date(), new AbortController().signal, () => ({})],
    JSON.parse('{"__proto__": 5}'),
  ];
  for (const name of names) {
    for (const options of wrongOptions) {
      await rejectsWith(call(name, [...valid.slice(0, methods[name]), options]), 'INVALID_OPTION');
    }
  }
  await rejectsWith(call('factExact', ['A', { onProgress: 5 }]), 'INVALID_OPTION');
  for (const name of names.filter((each) => methods[each] > 0)) {
    for (const key of [undefined, null, 5, 5n, {}, ['A'], Symbol('A'), new String('A'), '\ud800']) {
      await rejectsWith(call(name, [key, 5n]), 'INVALID_KEY');
    }
    if (methods[name] < 2) continue;
    for (const value of [undefined, null, 5, '5', {}, Number.NaN, 2n ** 63n, Object(5n)]) {
      await rejectsWith(call(name, ['A', value]), 'INVALID_VALUE');
    }
  }
  for (const limit of [5, '5', null, -1n, 2n ** 63n])
    await rejectsWith(call('listNums', [{ limit }]), 'INVALID_VALUE');
  for (const key of [5, null, {}]) {
    await rejectsWith(call('listNums', [{ prefix: key }]), 'INVALID_KEY');
    await rejectsWith(call('listNums', [{ startAfter: key }]), 'INVALID_KEY');
  }
  assert.equal(requests, 0);
  const wrongClients: readonly unknown[] = [
    ...[Number.NaN, 1e300, '5000', 0, -1].flatMap((ms) => [{ deadlineMs: ms }, { connectTimeoutMs: ms }]),
    ...['5440', 0, 65_536, 1.5, null].map((wrong) => ({ port: wrong })),
    ...[5, '', 'a,,b', null, ['a']].map((host) => ({ host })),
    ...[1, 'yes', null].map((retries) => ({ retries })),
    ...[5, true, null, [], { ca: 5 }, { ca: secret }, { key: secret }, { serverName: '' }, { cipher: 5 }].map(
      (tls) => ({ tls }),
    ),
    ...[5, null, {}, secret, ''].map((token) => ({ token })),
    ...[null, 5, 'localhost:5440', { hots: 'localhost' }, []],
  ];
  for (const options of wrongClients) {
    await assert.rejects(open(options), (error) => {
      assertOwnError(error);
      assert.ok(error instanceof Error && 'code' in error && error.code === 'INVALID_OPTION', String(error));
      assert.ok(!error.message.includes(secret), error.message);
      return true;
    });
  }
});

test('arguments: a message shows what was expected and what was given, in a hundred characters', async () => {
  const messageOf = (given: Promise<unknown>): Promise<string> =>
    given.then(
      () => '',
      (error: unknown) => (error instanceof Error ? error.message : ''),
    );
  assert.equal(
    await messageOf(call('setNum', ['a', 5])),
    'Expected a value that is a bigint from -2^63 to 2^63-1, got 5',
  );
  assert.equal(
    await messageOf(call('fact', ['a', { deadlineMs: '5000' }])),
    'Expected deadlineMs to be milliseconds above 0, at most 2147483647, or Infinity for no limit, got "5000"',
  );
  assert.equal(
    await messageOf(call('fact', ['a', { deadline: 5 }])),
    'Expected options to be among deadlineMs, signal, onTiming, onRevision, got "deadline"',
  );
  const long = await messageOf(call('fact', [`${'x'.repeat(1_000_000)}\ud800`]));
  assert.ok(long.length < 250);
});

test('arguments: a deadline of Infinity is none, and undefined is the default', async () => {
  for (const name of names) {
    const options = { deadlineMs: Infinity, signal: undefined, onTiming: undefined };
    if (name === 'factExact')
      await rejectsWith(call(name, ['A', options]), 'CORRUPT'); // the stub sends no message
    else await call(name, [...valid.slice(0, methods[name]), options]);
  }
  assert.equal(requests, names.length);
  await using patient = await openClient({ port, deadlineMs: Infinity, connectTimeoutMs: Infinity });
  assert.equal(await patient.setNum('A', 1n), 0n);
});

test('arguments: what a function of the caller throws is the error of its call, and nothing else', async () => {
  const thrown = new Error('of the caller');
  const fail = (): never => {
    throw thrown;
  };
  const isCaused = (code: string) => (error: unknown) => {
    assert.ok(error instanceof NumStoreClientError, String(error));
    assert.equal(error.code, code);
    assert.equal(error.cause, thrown);
    return true;
  };
  await using guarded = await openClient({ port, token: fail });
  await assert.rejects(guarded.setNum('A', 1n), isCaused('INVALID_OPTION'));
  await assert.rejects(guarded.factExact('A'), isCaused('INVALID_OPTION'));
  const getter = Object.defineProperty({}, 'deadlineMs', { enumerable: true, get: fail });
  await assert.rejects(call('fact', ['A', getter]), isCaused('INVALID_OPTION'));
  await assert.rejects(open(getter), isCaused('INVALID_OPTION'));
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  await rejectsWith(call('fact', ['A', proxy]), 'INVALID_OPTION');
  await rejectsWith(call('fact', [proxy]), 'INVALID_KEY');
});

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withNullPrototype: true,
  withObjectString: true,
  withSparseArray: true,
  withBoxedValues: true,
});
/** Options by their own names, with anything as values. */
const nearlyOptions = (known: readonly string[]): fc.Arbitrary<unknown> =>
  fc.oneof(anything, fc.dictionary(fc.constantFrom(...known), anything));
const callOptions = ['deadlineMs', 'signal', 'onTiming', 'onRevision', 'onProgress', 'prefix', 'limit'];
const clientOptions = ['host', 'port', 'deadlineMs', 'connectTimeoutMs', 'retries', 'tls', 'token'];

test('arguments: no argument at all makes a call throw anything but the client’s error', async () => {
  const argument = fc.oneof(anything, fc.constantFrom(...valid), nearlyOptions(callOptions));
  const calls = fc.tuple(fc.constantFrom(...names), fc.array(argument, { maxLength: 4 }));
  await fc.assert(
    fc.asyncProperty(calls, async ([name, given]) => {
      const sent = requests;
      await call(name, given).catch((error: unknown) => {
        assertOwnError(error);
        if (error instanceof NumStoreClientError && refusals.includes(error.code)) {
          assert.equal(requests, sent);
        }
      });
    }),
    { numRuns: count(500, 5000) },
  );
});

test('arguments: no option at all makes openClient throw anything but the client’s error', async () => {
  await fc.assert(
    fc.asyncProperty(nearlyOptions(clientOptions), fc.string(), async (options, host) => {
      const isObject = Object.prototype.toString.call(options) === '[object Object]';
      const quick = { host: '127.0.0.1', port, connectTimeoutMs: 1 };
      const given = isObject ? { ...quick, ...Object(options) } : options;
      if (given !== undefined) await open(given).then((opened) => opened.close(), assertOwnError);
      const named = { ...quick, host };
      await open(named).then((opened) => opened.close(), assertOwnError);
    }),
    { numRuns: count(100, 1000) },
  );
});

test('arguments: anything that is thrown becomes the client’s error', () => {
  fc.assert(
    fc.property(anything, anything, (error, details) => {
      assert.equal(NumStoreClientError.from(error).code, 'INTERNAL');
      const odd = Object.assign(new Error('odd'), { code: 99, details });
      assert.ok(NumStoreClientError.from(odd) instanceof NumStoreClientError);
    }),
    { numRuns: count(200, 2000) },
  );
});
