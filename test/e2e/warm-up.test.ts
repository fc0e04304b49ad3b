import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import type { Snapshot } from '../../server/telemetry/activity/snapshot.ts';
import { siblingModule } from '../../thread/start.ts';
import { connectExtended } from '../support/extended.ts';
import { startMeasured } from '../support/metrics.ts';
import { type Output, run, serverProgram } from '../support/process.ts';
import { startServer } from '../support/server.ts';
import { transport } from '../support/transport.ts';
import { connect } from '../support/wire.ts';

const on = ['--warm-up', 'on'] as const;
const off = ['--warm-up', 'off'] as const;

/** The server's program with a deed of warm-up-preload.ts. */
function withDeed(deed: string): readonly string[] {
  const { href } = siblingModule('../support/warm-up-preload', import.meta.url);
  return [...serverProgram.slice(0, -1), '--import', `${href}?${deed}`, ...serverProgram.slice(-1)];
}

/** The server from its start to its end. */
function runServer(deed: string): Promise<Output> {
  return run([...withDeed(deed), '--port', '0', '--transport', transport]);
}

/** What a server shows of what it has done, before anybody but us has called. */
async function traces(warmth: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const server = await startMeasured(warmth);
  const { text } = await server.scrape();
  // Durations are those of the scrape itself, and no two are alike.
  const series = text.split('\n').filter((line) => /^(grpc|numstore)_(?!\w+_(bucket|sum)\b)/.test(line));
  const snapshot = await readSnapshot(server.url);
  const extended = connectExtended(server.address);
  const { uptimeMs: _, ...stats } = await extended.stats();
  const first = await extended.set('A', 1n);
  extended.close();
  const stopped = await server.stop();
  return {
    series,
    snapshot,
    stats,
    first,
    stopped,
    log: server.log.map(({ level, event }) => [level, event]),
  };
}

/** What the live page is told first, without what is of the moment. */
async function readSnapshot(url: string): Promise<unknown> {
  const controller = new AbortController();
  const { body } = await fetch(`${url}/events`, { signal: controller.signal });
  let text = '';
  for await (const part of body ?? []) {
    text += Buffer.from(part).toString();
    const [, data] = /^event: snapshot\ndata: (.*)\n/m.exec(text) ?? [];
    if (data === undefined) continue;
    const { cache, results, pool, methods, slowest }: Snapshot = JSON.parse(data);
    return { cache, results, pool, methods, slowest };
  }
  throw new Error(`Expected a snapshot, got ${text}`);
}

test('warm-up: statistics, metrics, the first revision and the log are those of a server that started cold', async () => {
  const warm = await traces(on);
  assert.deepEqual(warm, await traces(off));
  const { series, first } = warm;
  assert.ok(Array.isArray(series) && series.length > 100, 'the metrics are there');
  assert.deepEqual(first, { reply: { total: 1n }, revision: 1n });
});

test('warm-up: it is over before anything else listens, and the metrics port with its readiness is no exception', async () => {
  const server = await startServer(['--metrics-port', '0', ...on], withDeed('tell'));
  const { stderr } = await server.stop();
  assert.deepEqual(stderr.split('\n').slice(0, 4), [
    '127.0.0.1 listens',
    '127.0.0.1 closed',
    '127.0.0.1 listens',
    ':: listens',
  ]);
});

test('warm-up: --warm-up off leaves it out', async () => {
  const server = await startServer([], withDeed('tell'));
  assert.match((await server.stop()).stderr, /^:: listens\n/);
});

test('warm-up: a wrong answer in it ends the start with one sentence and exit code 1', async () => {
  const { code, stdout, stderr } = await runServer('wrong');
  assert.equal(code, 1);
  assert.match(stderr, /^The warm-up failed.*Expected the value 120, got 121.*\n$/);
  assert.doesNotMatch(stdout, /"event":"listening"/);
});

test('warm-up: tokens and a rate that hold for callers neither stop it, nor are spent by it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'numstore-warm-up-'));
  const tokens = join(folder, 'tokens');
  await writeFile(tokens, `read-only ${'r'.repeat(16)}\n`);
  const limits = ['--token-file', tokens, '--max-rate-per-peer', '1', '--slow-ms', '1'];
  const server = await startServer([...on, ...limits]);
  const wire = connect(server.address);
  const reply = await wire.raw('/NumStore/Fact', Buffer.alloc(0));
  wire.close();
  assert.equal(
    !reply.ok && reply.code,
    status.UNAUTHENTICATED,
    'no token of ours, and a call that the rate allows',
  );
  assert.deepEqual(await server.stop(), { code: 0, signal: null, stderr: '' });
  await rm(folder, { recursive: true });
});

test('warm-up: SIGTERM in the middle of it ends the process as at any other time', async () => {
  const { code, stdout, stderr } = await runServer('stop');
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /"event":"stopped"}\n$/);
});

test('warm-up: a machine without a loopback interface starts cold, and its log says so', async () => {
  const server = await startServer(on, withDeed('no-loopback'));
  const wire = connect(server.address);
  assert.equal(await wire.setNum('A', 1n), 1n);
  wire.close();
  assert.deepEqual(
    server.log
      .filter(({ level }) => level === 'warn')
      .map(({ event }) => event)
      .slice(1),
    ['the loopback interface takes no connection: the first calls are slow'],
  );
  assert.equal((await server.stop()).code, 0);
});
