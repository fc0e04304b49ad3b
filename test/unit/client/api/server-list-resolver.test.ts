import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Server } from '@grpc/grpc-js';
import { formatAddress, parseServerNames, serverAddresses } from '../../../../client/api/address.ts';
import { NumStoreClientError, type NumStoreTypedClient, openClient } from '../../../../client/api/client.ts';
import { summariseRun } from '../../../../client/load/report/summary.ts';
import { renderReport } from '../../../../client/load/report/text.ts';
import { clientNames } from '../../../../client/load/run/plan.ts';
import { runLoad } from '../../../../client/load/run/run.ts';
import { type NumStoreServer, NumStoreService } from '../../../../generated/numstore.ts';
import { about, exercisePlan } from '../../../support/load-run.ts';
import { bind, rejectsWith } from '../../../support/stub.ts';

/** Ten times what a slow machine takes. */
const guard = { timeout: 60_000 };

/** A stub that answers its own number, and counts its calls. */
interface Stub {
  readonly number: bigint;
  readonly port: number;
  calls: number;
  stop(): void;
}

async function startStub(t: TestContext, number: bigint, wantedPort = 0): Promise<Stub> {
  const server = new Server();
  const handlers: NumStoreServer = {
    setNum: (_call, callback) => {
      stub.calls++;
      callback(null, { total: number });
    },
    fact: (_call, callback) => {
      stub.calls++;
      callback(null, { value: 1n, hit: true, error: '' });
    },
  };
  server.addService(NumStoreService, handlers);
  const port = await bind(server, wantedPort);
  const stub: Stub = { number, port, calls: 0, stop: () => server.forceShutdown() };
  t.after(stub.stop);
  return stub;
}

async function connect(t: TestContext, host: string): Promise<NumStoreTypedClient> {
  const client = await openClient({ host });
  t.after(() => client.close());
  return client;
}

/** Calls until each of `stubs` has answered once more: connections come up one after the other. */
async function callUntilAllAnswer(client: NumStoreTypedClient, stubs: readonly Stub[]): Promise<void> {
  const awaited = new Set(stubs.map(({ number }) => number));
  while (awaited.size > 0) awaited.delete(await client.setNum('A', 1n));
}

const hostOf = (stubs: readonly Stub[]): string => stubs.map(({ port }) => `127.0.0.1:${port}`).join();

test('spread: once all are connected, calls take turns', guard, async (t) => {
  const stubs = await Promise.all([startStub(t, 0n), startStub(t, 1n), startStub(t, 2n)]);
  const client = await connect(t, hostOf(stubs));
  await callUntilAllAnswer(client, stubs);
  const before = stubs.map(({ calls }) => calls);
  for (let call = 0; call < 30; call++) await client.setNum('A', 1n);
  assert.deepEqual(
    stubs.map(({ calls }, index) => calls - (before[index] ?? 0)),
    [10, 10, 10],
  );
});

test('spread: a server that is down is left out, from the first call on', guard, async (t) => {
  const [down, up] = await Promise.all([startStub(t, 0n), startStub(t, 1n)]);
  down.stop();
  const client = await connect(t, hostOf([down, up]));
  for (let call = 0; call < 10; call++) assert.equal(await client.setNum('A', 1n), 1n);
});

test('spread: a server that goes is left out, and used again when it is back', guard, async (t) => {
  const [first, second] = await Promise.all([startStub(t, 0n), startStub(t, 1n)]);
  const client = await connect(t, hostOf([first, second]));
  await callUntilAllAnswer(client, [first, second]);
  first.stop();
  // a call that was on its way is lost, as with one server: nothing is repeated that the caller did not repeat
  await Promise.allSettled([client.setNum('A', 1n), client.setNum('A', 1n)]);
  for (let call = 0; call < 10; call++) assert.equal(await client.setNum('A', 1n), 1n);
  const back = await startStub(t, 2n, first.port);
  await callUntilAllAnswer(client, [second, back]);
});

test(
  'spread: a name that nobody knows is left out; localhost is one server by its name',
  guard,
  async (t) => {
    const [first, second] = await Promise.all([startStub(t, 0n), startStub(t, 1n)]);
    const host = `nobody.invalid:1,localhost:${first.port},127.0.0.1:${second.port}`;
    await callUntilAllAnswer(await connect(t, host), [first, second]);
  },
);

test('spread: dns:/// takes the addresses of a name, alone or among others', guard, async (t) => {
  const [first, second] = await Promise.all([startStub(t, 0n), startStub(t, 1n)]);
  await callUntilAllAnswer(await connect(t, `dns:///localhost:${first.port}`), [first]);
  const host = `dns:///localhost:${first.port},127.0.0.1:${second.port}`;
  await callUntilAllAnswer(await connect(t, host), [first, second]);
});

for (const host of ['127.0.0.1:1,127.0.0.1:2', 'nobody.invalid,no-one.invalid', 'dns:///nobody.invalid']) {
  test(`spread: ${host}, of which none answers, is UNREACHABLE and names all`, guard, () =>
    assert.rejects(openClient({ host, connectTimeoutMs: 300 }), (error) => {
      assert.ok(error instanceof NumStoreClientError);
      assert.equal(error.code, 'UNREACHABLE');
      for (const name of host.split(',')) assert.ok(error.message.includes(name), error.message);
      return true;
    }),
  );
}

test('spread: a host of another form is INVALID_OPTION at once', () =>
  rejectsWith(openClient({ host: 'a,,b' }), 'INVALID_OPTION'));

for (const client of clientNames) {
  test(`spread: a run by --client ${client} uses all servers; the report names them`, guard, async (t) => {
    const stubs = await Promise.all([startStub(t, 0n), startStub(t, 1n), startStub(t, 2n)]);
    const host = hostOf(stubs);
    const plan = {
      ...exercisePlan,
      servers: serverAddresses(host, 1),
      client,
      threads: 3,
      connections: 3,
      requests: 500,
    };
    const summary = summariseRun(plan, await runLoad(plan), { ...about, isExercise: true, host });
    assert.equal(summary.replies, 1500);
    assert.equal(
      stubs.reduce((sum, { calls }) => sum + calls, 0),
      1500,
    );
    for (const { calls } of stubs) assert.ok(calls > 0, 'a server without a call');
    const named = stubs.map(({ port }) => `127.0.0.1:${port}`).join(', ');
    assert.ok(renderReport(summary).includes(`Servers:        ${named}\n`));
  });

  test(`spread: a run by --client ${client} does without a server that is down`, guard, async (t) => {
    const stub = await startStub(t, 0n);
    const servers = serverAddresses(`127.0.0.1:1,127.0.0.1:${stub.port},dns:///localhost:${stub.port}`, 1);
    const plan = { ...exercisePlan, servers, client, threads: 3, connections: 3, requests: 50 };
    const summary = summariseRun(plan, await runLoad(plan), about);
    assert.deepEqual([summary.replies, summary.failed], [150, 0]);
  });
}

test('address: what is written is read again', () => {
  const text = 'a:1,[::1]:2,dns:///b:3,10.0.0.1:4';
  assert.equal(serverAddresses(text, 9).map(formatAddress).join(), text);
  assert.equal(serverAddresses('a,::1,dns:///b', 9).map(formatAddress).join(), 'a:9,[::1]:9,dns:///b:9');
  for (const bad of ['', ',', 'a,', 'a:0', 'a:65536', '-a', 'dns:///', 'dns://8.8.8.8/a', 'unix:/x'])
    assert.equal(parseServerNames(bad), undefined, bad);
});
