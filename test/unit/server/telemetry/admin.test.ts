import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noConnections } from '../../../../server/net/listener.ts';
import { createMetrics } from '../../../../server/telemetry/admin.ts';
import { openStack } from '../../../support/stack.ts';

test('metrics: each connection that an assertion of ours has ended counts', async () => {
  const metrics = createMetrics();
  const stack = await openStack();
  const server = await metrics.open({
    ...stack,
    host: '127.0.0.1',
    port: 0,
    names: [],
    storeName: 'memory',
    transport: 'native',
    version: '1.2.3',
    limits: { queueLimit: 256, cacheBytes: 64 * 2 ** 20, resultBytes: 256 * 2 ** 20 },
    connections: () => noConnections,
    requests: () => ({ bytes: 0, refusals: 0 }),
    lostLogLines: () => 0,
    isReady: () => true,
    onError: (error) => assert.fail(String(error)),
  });
  const scrape = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${server.port}/metrics`, { headers: { connection: 'close' } })).text();
  assert.match(await scrape(), /^numstore_connections_killed_total 0$/m);
  metrics.connectionKilled();
  metrics.connectionKilled();
  assert.match(await scrape(), /^numstore_connections_killed_total 2$/m);
  await server.close();
  await stack.close();
});
