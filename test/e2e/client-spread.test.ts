import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type NumStoreTypedClient, openClient } from '../../client/api/client.ts';
import { clientProgram, run } from '../support/process.ts';
import { count } from '../support/scale.ts';
import { type RunningServer, startServer } from '../support/server.ts';

/** Ten times what a slow machine takes. */
const guard = { timeout: 120_000 };

/** A server with a store of its own, in which the key "name" tells it from others. */
async function serve(t: TestContext, name: bigint, flags: readonly string[] = []): Promise<RunningServer> {
  const server = await startServer(flags);
  t.after(() => server.stop());
  const client = await openClient({ port: server.port });
  await client.setNum('name', name);
  await client.close();
  return server;
}

async function connect(t: TestContext, host: string): Promise<NumStoreTypedClient> {
  const client = await openClient({ host });
  t.after(() => client.close());
  return client;
}

const hostOf = (servers: readonly RunningServer[]): string => servers.map(({ address }) => address).join();

/** Calls until all of the servers with these names have answered. */
async function callUntilAllAnswer(client: NumStoreTypedClient, names: readonly bigint[]): Promise<void> {
  const awaited = new Set<bigint | undefined>(names);
  while (awaited.size > 0) awaited.delete(await client.getNum('name'));
}

test(
  'spread: two servers share the calls; one that stops is left out, and used again when it is back',
  guard,
  async (t) => {
    const [first, second] = await Promise.all([serve(t, 1n), serve(t, 2n)]);
    const client = await connect(t, hostOf([first, second]));
    await callUntilAllAnswer(client, [1n, 2n]);
    await first.stop();
    // whatever was on its way when the server went has ended
    await Promise.allSettled([client.getNum('name'), client.getNum('name')]);
    for (let call = 0; call < 20; call++) assert.equal(await client.getNum('name'), 2n);
    await serve(t, 3n, ['--port', `${first.port}`]);
    await callUntilAllAnswer(client, [2n, 3n]);
  },
);

test('spread: a run over three servers sends requests to each', guard, async (t) => {
  const servers = await Promise.all([serve(t, 1n), serve(t, 2n), serve(t, 3n)]);
  const flags = ['--threads', '3', '--requests', `${count(100, 500)}`, '--host', hostOf(servers)];
  const { code, stdout, stderr } = await run([...clientProgram, '5440', ...flags]);
  assert.deepEqual([code, stderr], [0, '']);
  const [, sent] = /^SetNum +(\d+)/m.exec(stdout) ?? [];
  const revisions = await Promise.all(
    servers.map(async ({ port }) => {
      const client = await connect(t, `127.0.0.1:${port}`);
      return (await client.stats()).revision - 1n; // its name
    }),
  );
  assert.equal(
    revisions.reduce((sum, revision) => sum + revision, 0n),
    BigInt(sent ?? 0),
  );
  for (const revision of revisions) assert.ok(revision > 0n, `${revisions}`);
});

test('spread: a command finds the server that is up', guard, async (t) => {
  const server = await serve(t, 1n);
  const host = `127.0.0.1:1,nobody.invalid,${server.address}`;
  const { code, stdout, stderr } = await run([...clientProgram, 'get', 'name', '--host', host]);
  assert.deepEqual([code, stdout, stderr], [0, '1\n', '']);
});
