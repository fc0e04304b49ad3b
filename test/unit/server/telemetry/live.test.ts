import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { openMetricsServer } from '../../../../server/telemetry/admin-http.ts';
import { createHistory } from '../../../../server/telemetry/live/history.ts';
import { createEvents, type Events } from '../../../../server/telemetry/live/server-sent-events.ts';
import { until } from '../../../support/until.ts';

async function serve(use: (events: Events, url: string) => Promise<void>): Promise<void> {
  const events = createEvents(async () => [['hello', { total: 2n ** 60n }]]);
  const server = await openMetricsServer({
    host: '127.0.0.1',
    port: 0,
    routes: { '/events': events.route },
    onError: (error) => assert.fail(String(error)),
  });
  try {
    await use(events, `http://127.0.0.1:${server.port}/events`);
  } finally {
    await server.close();
  }
}

test('events: a listener is greeted, then told everything; its end is noticed', async () => {
  await serve(async (events, url) => {
    const gone = new AbortController();
    const response = await fetch(url, { signal: gone.signal });
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    const reader = response.body?.getReader();
    assert.ok(reader);
    let text = '';
    const readUntil = async (end: string): Promise<void> => {
      while (!text.includes(end)) text += Buffer.from((await reader.read()).value ?? []).toString();
    };
    await readUntil('\n\nevent: hello\ndata: {"total":"1152921504606846976"}\n\n');
    assert.match(text, /^retry: 1000\n\n/);
    events.send('news', { a: 1 });
    await readUntil('event: news\ndata: {"a":1}\n\n');
    gone.abort();
    await until(() => events.listeners === 0, 'the listener is forgotten');
  });
});

test('events: more than sixteen listeners are told that all places are taken, and a server that closes ends them all', async () => {
  // Node warns of a leak where many listen to one thing.
  const warnings: Error[] = [];
  const warned = (warning: Error): void => void warnings.push(warning);
  process.on('warning', warned);
  let responses: Response[] = [];
  await serve(async (events, url) => {
    responses = await Promise.all(Array.from({ length: 20 }, () => fetch(url)));
    await until(() => events.listeners === 16, 'sixteen listeners');
  });
  const texts = await Promise.all(responses.map((response) => response.text()));
  const busy = texts.filter((text) => text === 'retry: 10000\n\nevent: busy\ndata: {"listeners":16}\n\n');
  assert.equal(busy.length, 4);
  process.off('warning', warned);
  assert.deepEqual(warnings, []);
});

test('events: a listener that reads nothing is cut off, and costs no more than a bound', async () => {
  await serve(async (events, url) => {
    const { port, pathname } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`GET ${pathname} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    await once(socket, 'readable');
    await until(() => events.listeners === 1, 'the listener is there');
    const text = 'x'.repeat(100_000);
    // What the kernel takes for somebody who does not read is a few megabytes.
    await until(() => {
      events.send('much', text);
      return events.listeners === 0;
    }, 'it is cut off');
    socket.destroy();
  });
});

test('history: five minutes at most, a point a second, and no percentile where there was no call', () => {
  const history = createHistory();
  const recent = { perSecond: 2, p50Ms: 1, p99Ms: 3 };
  const quiet = { perSecond: 0, p50Ms: 0, p99Ms: 0 };
  const method = (path: string, of: typeof recent) => ({ path, started: 1, ended: 1, failed: 0, recent: of });
  const methods = [
    method('/NumStore/SetNum', recent),
    method('/NumStore/Fact', quiet),
    method('/NumStoreExtended/GetNum', recent),
    method('/grpc.health.v1.Health/Check', recent),
  ];
  for (let second = 0; second < 400; second++) history.add(methods, second * 1000);
  const points = history.points();
  assert.deepEqual([points.length, points[0]?.at], [300, 100_000]);
  assert.deepEqual(points.at(-1), { at: 399_000, perSecond: 4, setNum: { p50: 1, p99: 3 }, fact: null });
});
