import assert from 'node:assert/strict';
import { connect as connectSocket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as rest } from 'node:timers/promises';
import { status as Status } from '@grpc/grpc-js';
import { setNumMessage } from '../../bench/abuse/messages.ts';
import { transportNames } from '../../server/transports/transport.ts';
import { documented } from '../support/documented.ts';
import { connectExtended } from '../support/extended.ts';
import { connectExact, sha256 } from '../support/fact-exact.ts';
import { holdCall } from '../support/open-call.ts';
import { count } from '../support/scale.ts';
import { startServer } from '../support/server.ts';
import { serveStack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { connect } from '../support/wire.ts';
import {
  ACK,
  data,
  FrameCutter,
  frame,
  headers,
  preface,
  request,
  Type,
} from '../transport/support/frames.ts';

for (const [second, restMs] of [
  ['SIGINT', 0],
  ['SIGTERM', 1_500],
] as const) {
  test(`drain: SIGTERM, and ${second} ${restMs} ms later, end the server at once, whatever it waits for`, async () => {
    const server = await startServer(['--drain-ms', '3600000']);
    const call = await holdCall(server.address);
    server.process.kill('SIGTERM');
    await server.logged('stopping');
    await rest(restMs);
    server.process.kill(second);
    assert.equal((await server.stop()).code, 1);
    await call.ended;
    call.close();
  });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`drain: ${signal} again within a second is the same wish, and the drain goes on`, async () => {
    const server = await startServer(['--drain-ms', '2000']);
    const call = await holdCall(server.address);
    server.process.kill(signal);
    await rest(20);
    server.process.kill(signal);
    assert.equal((await server.stop()).code, 0);
    await server.logged('calls that outlasted the drain were cut off');
    await call.ended;
    call.close();
  });
}

test('drain: one Ctrl-C under npm start is one wish, though npm sends it again', async () => {
  for (let round = 0; round < count(2, 12); round++) {
    const command = documented('npm start');
    const server = await startServer(['--drain-ms', '500'], ['setsid', ...command, '--silent', '--']);
    const call = await holdCall(server.address);
    // A session of its own is a group of its own: a terminal sends a Ctrl-C to all of the group.
    process.kill(-Number(server.process.pid), 'SIGINT');
    await server.logged('calls that outlasted the drain were cut off');
    await server.logged('stopped');
    await server.stop();
    await call.ended;
    call.close();
  }
});

test('drain: SIGTERM to npm alone drains the server that npm start has started', async () => {
  const command = documented('npm start');
  const server = await startServer(['--drain-ms', '500'], [...command, '--silent', '--']);
  const call = await holdCall(server.address);
  server.process.kill('SIGTERM');
  await server.logged('calls that outlasted the drain were cut off');
  await server.logged('stopped');
  await server.stop();
  await call.ended;
  call.close();
});

test('drain: calls that outlast --drain-ms are cut off, the log says so, and the server exits 0', async () => {
  const server = await startServer(['--drain-ms', '50']);
  const call = await holdCall(server.address);
  assert.equal((await server.stop()).code, 0);
  await server.logged('calls that outlasted the drain were cut off');
  await call.ended;
  call.close();
});

test('drain: a call under way is answered, and only then the server ends', async () => {
  const server = await startServer(['--drain-ms', '30000', '--max-n', '20000000']);
  const wire = connect(server.address);
  const exact = connectExact(server.address);
  const nums = connectExtended(server.address);
  await wire.setNum('n', 3_000_000n);
  const answer = exact.ask('n');
  await until(async () => (await nums.stats()).workersRunning === 1n, 'the computation');
  server.process.kill('SIGTERM');
  const { status, bytes, sha256: hash } = await answer;
  assert.equal(status.code, Status.OK);
  assert.deepEqual(hash, sha256(bytes));
  assert.equal((await server.stop()).code, 0);
  wire.close();
  exact.close();
  nums.close();
});

for (const transport of transportNames) {
  test(`drain: on ${transport} only a call under way outlasts it, not a client that is late to close`, async () => {
    for (const hasCall of [false, true]) {
      const stack = await serveStack({ transport });
      const socket = connectSocket({ host: '127.0.0.1', port: stack.server.port, allowHalfOpen: true });
      const cutter = new FrameCutter();
      const answered = new Promise<void>((resolve) => {
        // This client acknowledges nothing and closes nothing: its event loop is busy.
        socket.on('data', (chunk: Buffer) => {
          if (cutter.push(chunk).some(({ fields }) => fields.has('grpc-status'))) resolve();
        });
      });
      socket.on('error', () => {});
      const setNum = (id: number): Buffer => headers(id, request('/NumStore/SetNum'));
      socket.write(
        Buffer.concat([
          preface,
          frame(Type.settings, 0, 0),
          frame(Type.settings, ACK, 0),
          ...(hasCall ? [setNum(1)] : []),
          setNum(3),
          data(3, setNumMessage('k', 1n)),
        ]),
      );
      await answered;
      assert.equal(await stack.server.close(300), !hasCall);
      socket.destroy();
      await stack.close();
    }
  });
}

const rounds = count(3, 50);
const writesBeforeSignal = 200;

test(`drain: in ${rounds} x SIGTERM under load every acknowledged write took effect once, and the server exits 0`, async () => {
  for (let round = 0; round < rounds; round++) {
    const server = await startServer();
    const wires = Array.from({ length: 8 }, () => connect(server.address));
    const totals: bigint[] = [];
    await Promise.all(
      wires.map(async (wire, index) => {
        for (let step = 1n; ; step++) {
          const total = await wire.setNum(`client-${index}`, step).catch(() => undefined);
          if (total === undefined) return;
          totals.push(total);
          if (totals.length === writesBeforeSignal) server.process.kill('SIGTERM');
        }
      }),
    );
    assert.equal((await server.stop()).code, 0);
    for (const wire of wires) wire.close();

    // Each write adds 1: a total that came twice, or a gap wider than the calls in flight, would be a lost write.
    const largest = totals.reduce((a, b) => (a > b ? a : b));
    assert.equal(new Set(totals).size, totals.length);
    assert.ok(totals.length >= writesBeforeSignal);
    assert.ok(BigInt(totals.length + wires.length) >= largest, `${totals.length} acknowledged of ${largest}`);
  }
});
