import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createHealth } from '../../../../server/rpc/health.ts';
import { createReadyz, healthz } from '../../../../server/telemetry/admin.ts';
import {
  type MetricsServerOptions,
  openMetricsServer,
  type Route,
} from '../../../../server/telemetry/admin-http.ts';
import { closed } from '../../../support/closed.ts';

async function withServer(
  routes: Readonly<Record<string, Route>>,
  use: (url: string, errors: readonly unknown[]) => Promise<void>,
  limits: Pick<MetricsServerOptions, 'requestMsMax' | 'stalledMsMax' | 'names'> = {},
): Promise<void> {
  const errors: unknown[] = [];
  const server = await openMetricsServer({
    host: '127.0.0.1',
    port: 0,
    routes,
    onError: (error) => errors.push(error),
    ...limits,
  });
  try {
    await use(`http://127.0.0.1:${server.port}`, errors);
  } finally {
    await server.close();
  }
}

const hello: Route = ({ response }) => void response.end('hello');

test('metrics server: GET and HEAD of a path that there is, and nothing else', async () => {
  await withServer({ '/a': hello }, async (url) => {
    assert.equal(await (await fetch(`${url}/a?b=c`)).text(), 'hello');
    assert.equal(await (await fetch(`${url}/a`, { method: 'HEAD' })).text(), '');
    assert.equal((await fetch(`${url}/`)).status, 404);
    assert.equal((await fetch(`${url}/__proto__`)).status, 404);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const { status, headers } = await fetch(`${url}/a`, { method });
      assert.deepEqual([status, headers.get('allow')], [405, 'GET, HEAD'], method);
    }
  });
});

const hosts: Readonly<Record<string, 200 | 421>> = {
  '127.0.0.1': 200,
  '10.1.2.3:9464': 200,
  '[::1]:9464': 200,
  '[fe80::1]': 200,
  localhost: 200,
  'LOCALHOST.:9464': 200,
  'numstore-1:9464': 200,
  'Metrics.Example': 200,
  'evil.example': 421,
  'localhost.evil.example': 421,
  'evil.example.:9464': 421,
  '127.0.0.1.evil.example': 421,
  'localhost:80:80': 421,
  '[evil.example]': 421,
  '[127.0.0.1]': 421,
  'numstore-2': 421,
};

test('metrics server: a Host that is no address, localhost or configured name is 421, whatever the path', async () => {
  const names = ['numstore-1', 'metrics.example'];
  for (const [host, expected] of Object.entries(hosts)) {
    await withServer(
      { '/a': hello },
      async (url) => {
        for (const path of ['/a', '/nothing']) {
          const [response] = await once(get(`${url}${path}`, { headers: { host } }), 'response');
          response.resume();
          const status = expected === 200 && path === '/nothing' ? 404 : expected;
          assert.equal(response.statusCode, status, `"${host}" ${path}`);
        }
      },
      { names },
    );
  }
});

test('metrics server: a route that throws is 500 without a word of why, and the error is reported', async () => {
  const planted = new Error('planted');
  const fail: Route = async () => {
    throw planted;
  };
  await withServer({ '/fail': fail }, async (url, errors) => {
    const response = await fetch(`${url}/fail`);
    assert.deepEqual([response.status, await response.text()], [500, 'Internal error\n']);
    assert.deepEqual(errors, [planted]);
  });
});

test('metrics server: a head that is too large is refused', async () => {
  await withServer({ '/a': hello }, async (url) => {
    const { status } = await fetch(`${url}/a`, { headers: { long: 'x'.repeat(9000) } });
    assert.equal(status, 431);
  });
});

test('metrics server: of 80 connections at once, at most 64 are kept', async () => {
  await withServer({ '/a': hello }, async (url) => {
    const port = Number(new URL(url).port);
    const sockets = Array.from({ length: 80 }, () => connect({ port, host: '127.0.0.1' }));
    const dropped = sockets.map(closed);
    let gone = 0;
    await new Promise<void>((resolve) => {
      for (const socket of dropped) void socket.then(() => ++gone === 16 && resolve());
    });
    for (const socket of sockets) socket.destroy();
    await Promise.all(dropped);
  });
});

test('metrics server: who says nothing, speaks slowly or does not read is cut off', async () => {
  const much: Route = ({ response }) => void response.end(Buffer.alloc(64 * 2 ** 20));
  const use = async (url: string): Promise<void> => {
    const peers = ['', 'GET /much HTTP/1.1\r\n', 'GET /much HTTP/1.1\r\nhost: localhost\r\n\r\n'].map(
      (text) => {
        const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
        socket.write(text);
        return { socket, closed: closed(socket) };
      },
    );
    const [silent, slow, unread] = peers;
    assert.ok(silent && slow && unread);
    const drops = setInterval(() => slow.socket.write('a: b\r\n'), 10);
    for (const { socket } of [silent, slow]) socket.resume();
    await Promise.all([silent.closed, slow.closed]);
    clearInterval(drops);
    // What the kernel holds can still be read; the rest of the 64 MiB never comes.
    await gone;
    unread.socket.resume();
    await unread.closed;
    assert.ok(unread.socket.bytesRead < 64 * 2 ** 20);
  };
  let told: () => void = assert.fail;
  const gone = new Promise<void>((resolve) => {
    told = resolve;
  });
  const watched: Route = (exchange) => {
    exchange.signal.addEventListener('abort', () => told());
    return much(exchange);
  };
  await withServer({ '/much': watched }, use, { requestMsMax: 100, stalledMsMax: 100 });
});

test('metrics server: of a thousand requests sent at once, a hundred are heard, and the connection is gone', async () => {
  let asked = 0;
  const count: Route = ({ response }) => {
    asked += 1;
    response.end('hello');
  };
  await withServer({ '/a': count }, async (url) => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
    const end = closed(socket.resume());
    socket.write('GET /a HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(1000));
    await end;
    assert.equal(asked, 100);
  });
});

test('metrics server: closing tells a stream of events, which ends as a whole response', async () => {
  const events: Route = ({ response, signal }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
    signal.addEventListener('abort', () => response.end('data: last\n\n'));
  };
  const server = await openMetricsServer({
    host: '127.0.0.1',
    port: 0,
    routes: { '/events': events },
    onError: (error) => assert.fail(String(error)),
  });
  const [response] = await once(get({ port: server.port, host: '127.0.0.1', path: '/events' }), 'response');
  let text = '';
  response.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await once(response, 'data');
  await Promise.all([server.close(), once(response, 'end')]);
  assert.match(text, /data: 1[\s\S]*data: last/);
});

test('metrics server: a route hears that its reader has gone', async () => {
  let told: () => void = assert.fail;
  const gone = new Promise<void>((resolve) => {
    told = resolve;
  });
  const events: Route = ({ response, signal }) => {
    signal.addEventListener('abort', () => told());
    response.write('data: 1\n\n');
  };
  await withServer({ '/events': events }, async (url) => {
    const asked = request(`${url}/events`).end();
    asked.on('error', () => undefined);
    const [response] = await once(asked, 'response');
    response.on('error', () => undefined);
    asked.destroy();
    await gone;
  });
});

test('probes: ready is who serves, reaches its store and does not drain; alive is whoever answers', async () => {
  const health = createHealth(['NumStore'], ['NumStore']);
  const routes = { '/healthz': healthz, '/readyz': createReadyz(() => health.isReady) };
  await withServer(routes, async (url) => {
    const statuses = async (): Promise<readonly number[]> => [
      (await fetch(`${url}/healthz`)).status,
      (await fetch(`${url}/readyz`)).status,
    ];
    assert.deepEqual(await statuses(), [200, 503]);
    health.serve();
    assert.deepEqual(await statuses(), [200, 200]);
    health.setStoreServing(false);
    assert.deepEqual(await statuses(), [200, 503]);
    health.setStoreServing(true);
    assert.deepEqual(await statuses(), [200, 200]);
    health.drain();
    assert.deepEqual(await statuses(), [200, 503]);
  });
});
