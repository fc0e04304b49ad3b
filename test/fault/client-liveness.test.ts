import assert from 'node:assert/strict';
import dns from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { after, before, mock, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Server } from '@grpc/grpc-js';
import { NumStoreClientError, openClient } from '../../client/api/client.ts';
import { type Connection, Liveness } from '../../client/api/liveness.ts';
import { NumStoreService } from '../../generated/numstore.ts';
import { bind } from '../support/stub.ts';

/** Ten times what finding out may take. */
const guardMs = 150_000;

let port = 0;
const stub = new Server();
stub.addService(NumStoreService, {
  setNum: (call: { request: { value: bigint } }, callback: (error: null, reply: object) => void) =>
    callback(null, { total: call.request.value }),
  fact: () => undefined, // a call that is never answered
});
before(async () => {
  port = await bind(stub);
});
after(() => stub.forceShutdown());

/** A path to a server that can go bad: it takes connections and bytes, and passes nothing on. */
class Path implements AsyncDisposable {
  readonly #server = createServer((socket) => this.#take(socket));
  readonly #pairs: (readonly [Socket, Socket | undefined])[] = [];
  isSwallowing = false;
  connections = 0;
  passedOn = 0;

  async listen(host = '127.0.0.1', at = 0): Promise<number> {
    this.#server.listen(at, host);
    await once(this.#server, 'listening');
    const address = this.#server.address();
    assert.ok(typeof address === 'object' && address !== null);
    return (address satisfies AddressInfo).port;
  }

  /** The connections that are up stay up, and nothing comes through any more. */
  silence(): void {
    for (const [near, far] of this.#pairs) {
      near.unpipe();
      far?.unpipe();
      near.resume();
      far?.resume();
    }
  }

  cut(): void {
    for (const [near, far] of this.#pairs) {
      near.destroy();
      far?.destroy();
    }
  }

  #take(near: Socket): void {
    this.connections++;
    near.on('error', () => undefined);
    if (this.isSwallowing) {
      near.resume();
      this.#pairs.push([near, undefined]);
      return;
    }
    this.passedOn++;
    const far = connect(port, '127.0.0.1');
    far.on('error', () => undefined);
    near.pipe(far).pipe(near);
    this.#pairs.push([near, far]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}

type TypedClient = Awaited<ReturnType<typeof openClient>>;

/** Calls with a deadline of a second until one has its reply. */
async function untilAnswered(client: TypedClient): Promise<void> {
  const begun = performance.now();
  for (;;) {
    try {
      await client.setNum('A', 1n, { deadlineMs: 1000 });
      return;
    } catch (error) {
      assert.ok(error instanceof NumStoreClientError);
      assert.ok(performance.now() - begun < guardMs, `still ${error.code} after ${guardMs} ms`);
      // what fails at once must not be asked without a pause
      await sleep(50);
    }
  }
}

suite('liveness', { concurrency: true }, () => {
  test('liveness: a connection that goes silent is replaced after 15 s, and the next call is answered', async () => {
    await using path = new Path();
    await using client = await openClient({ port: await path.listen() });
    await client.setNum('A', 1n);
    path.silence();
    await untilAnswered(client);
    assert.equal(path.connections, 2);
  });

  test('liveness: a long call on a connection that goes silent is UNAVAILABLE, even without a deadline', async () => {
    await using path = new Path();
    await using client = await openClient({ port: await path.listen(), retries: false });
    await client.setNum('A', 1n);
    const call = client.fact('A', { deadlineMs: Number.POSITIVE_INFINITY });
    path.silence();
    await assert.rejects(
      call,
      (error) => error instanceof NumStoreClientError && error.code === 'UNAVAILABLE',
    );
  });

  test('liveness: an accepted connection that never answers is replaced once the path is sound', async () => {
    await using path = new Path();
    await using client = await openClient({ port: await path.listen() });
    await client.setNum('A', 1n);
    path.isSwallowing = true;
    path.cut();
    while (path.connections < 2) await client.setNum('A', 1n, { deadlineMs: 500 }).catch(() => undefined);
    path.isSwallowing = false;
    await untilAnswered(client);
    assert.equal(path.connections, 3);
  });

  test('liveness: of two servers the silent one is left out, and comes back', async () => {
    await using bad = new Path();
    await using good = new Path();
    const host = `127.0.0.1:${await bad.listen()},127.0.0.1:${await good.listen()}`;
    await using client = await openClient({ host });
    // both connections are up once calls have gone over each
    while (bad.connections === 0 || good.connections === 0) await client.setNum('A', 1n);
    for (let round = 0; round < 10; round++) await client.setNum('A', 1n);
    bad.isSwallowing = true;
    bad.silence();
    const begun = performance.now();
    for (let answered = 0; answered < 20; ) {
      const isAnswered = await client.setNum('A', 1n, { deadlineMs: 1000 }).then(
        () => true,
        () => false,
      );
      answered = isAnswered ? answered + 1 : 0;
      assert.ok(performance.now() - begun < guardMs);
    }
    const before = bad.passedOn;
    bad.isSwallowing = false;
    while (bad.passedOn === before) {
      await untilAnswered(client);
      assert.ok(performance.now() - begun < guardMs);
      await sleep(10);
    }
  });

  test('liveness: a name that moves to another address is looked up again as the connection is lost', async () => {
    await using old = new Path();
    await using moved = new Path();
    const at = await old.listen('127.0.0.2');
    await moved.listen('127.0.0.3', at);
    let address = '127.0.0.2';
    const lookup = mock.method(dns.promises, 'lookup', async () => [{ address, family: 4 }]);
    try {
      await using client = await openClient({ host: 'moving.example', port: at });
      await client.setNum('A', 1n);
      address = '127.0.0.3';
      await old[Symbol.asyncDispose]();
      await untilAnswered(client);
      assert.equal(moved.connections, 1);
      address = '10.255.255.1'; // where nothing is, which answers by nothing at all on most networks
      await moved[Symbol.asyncDispose]();
      await assert.rejects(client.setNum('A', 1n, { deadlineMs: 2000 }));
      await using again = new Path();
      await again.listen('127.0.0.4', at);
      address = '127.0.0.4';
      await untilAnswered(client);
    } finally {
      lookup.mock.restore();
    }
  });
});

/** A connection with a call under way, whose server acknowledges each PING. */
function quietConnection(): { connection: Connection; pings: number[]; receive(bytes: number): void } {
  const pings: number[] = [];
  const socket = { bytesRead: 100 };
  const session = {
    socket,
    ping: (onEnd: (error: null) => void): void => {
      pings.push(now);
      socket.bytesRead += 17;
      onEnd(null);
    },
  };
  return {
    connection: { session, callsUnderWay: 1, giveUp: () => assert.fail('expected the connection to live') },
    pings,
    receive: (bytes) => {
      socket.bytesRead += bytes;
    },
  };
}
let now = 0;

test('liveness: a silent stream of two minutes is asked once, and again only after bytes or five minutes', () => {
  const liveness = new Liveness();
  const { connection, pings, receive } = quietConnection();
  const pass = (ms: number): void => {
    for (const end = now + ms; now < end; now += 100) liveness.check([connection], now);
  };
  pass(120_000);
  assert.deepEqual(pings, [10_000]);
  receive(50);
  pass(120_000);
  assert.equal(pings.length, 2);
  pass(300_000);
  assert.equal(pings.length, 3);
});

test('liveness: no PING goes while no call is under way', () => {
  const liveness = new Liveness();
  const { connection, pings } = quietConnection();
  const idle = { ...connection, callsUnderWay: 0 };
  for (const end = now + 600_000; now < end; now += 1000) liveness.check([idle], now);
  assert.deepEqual(pings, []);
});
