import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { Server } from '@grpc/grpc-js';
import { NumStoreService } from '../../../generated/numstore.ts';
import { openUnaryConnection, type UnaryConnection } from '../../../transport/index.ts';
import { bind } from '../../support/stub.ts';

function send(connection: UnaryConnection): Promise<boolean> {
  return new Promise((resolve) => {
    connection.send('/NumStore/SetNum', new Uint8Array(), {
      onReply: () => resolve(true),
      onFailure: () => resolve(false),
    });
  });
}

test('unary connection: dead servers are left out with back-off, however many calls fail, and taken back', async () => {
  const stub = new Server();
  stub.addService(NumStoreService, {
    setNum: (_call: unknown, callback: (error: null, reply: object) => void) => callback(null, { total: 0n }),
    fact: () => undefined,
  });
  const port = await bind(stub);
  let asked = 0;
  // takes a connection and ends it, as the port of a container whose server has died
  const dead = createServer((socket: Socket) => {
    asked++;
    socket.destroy();
  });
  dead.listen(0, '127.0.0.1');
  await once(dead, 'listening');
  const address = dead.address();
  assert.ok(typeof address === 'object' && address !== null);
  const targets = [address.port, port].map((each) => ({ host: '127.0.0.1', port: each }));
  await using connection = await openUnaryConnection(targets, { timeoutMs: 10_000, metadata: [] });
  assert.ok(await send(connection));
  assert.equal(asked, 1);
  stub.forceShutdown();
  const begun = performance.now();
  let calls = 0;
  while (performance.now() - begun < 1000) {
    assert.equal(await send(connection), false);
    calls++;
  }
  // 50, 100, 200, 400 ms: ten times the attempts that fit
  assert.ok(asked < 60, `${asked} attempts in a second, ${calls} calls`);
  const again = new Server();
  again.addService(NumStoreService, {
    setNum: (_call: unknown, callback: (error: null, reply: object) => void) => callback(null, { total: 0n }),
    fact: () => undefined,
  });
  await bind(again, port);
  while (!(await send(connection)));
  again.forceShutdown();
  dead.close();
});
