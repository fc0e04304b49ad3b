import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { openClient } from '../../client/api/client.ts';
import { runCheck } from '../support/faulty/run-check.ts';
import { clientProgram, type Output, run } from '../support/process.ts';
import { skipRedis, startRedis } from '../support/redis.ts';
import { count } from '../support/scale.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { lmdbSubject } from '../support/store-places.ts';

/** With few keys, and with refusals at once, these say that nothing shows. */
const timed: readonly string[] = ['difference', 'lock'];

let server: RunningServer;
let folder: string;

before(async () => {
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), 'numstore-check-'));
});

after(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const check = (...words: readonly string[]): Promise<Output> => run([...clientProgram, 'check', ...words]);

test('check: our own server passes every rule that shows, and the file for CI says the same', async () => {
  const junit = join(folder, 'check.xml');
  const { code, stdout, stderr } = await check(
    `${server.port}`,
    ...['--keys', `${count(100, 500)}`, '--junit', junit, '--proto', 'numstore.proto'],
  );
  assert.deepEqual([code, stderr], [0, ''], stdout);
  const lines: readonly string[] = stdout.match(/^(PASS|SKIP) {2}\S+/gm) ?? [];
  const skipped = lines.filter((line) => line.startsWith('SKIP')).length;
  // what takes too long for the lock to show is refused at once
  assert.ok(skipped <= timed.length && lines.includes('SKIP  lock'), stdout);
  const passed = lines.length - skipped;
  assert.match(
    stdout,
    new RegExp(`^Score: ${passed} of ${lines.length} passed, 0 failed, ${skipped} skipped$`, 'm'),
  );
  assert.match(stdout, /^PASS {2}eviction +it looks like LRU/m);
  assert.equal((await readFile(junit, 'utf8')).match(/<testcase /g)?.length, lines.length);
});

test('check: our own server passes every rule that shows on lmdb, too', async (t) => {
  const place = await lmdbSubject.createPlace();
  t.after(() => place.remove());
  await passesOn(t, place.spec);
});

test('check: our own server passes every rule that shows on Redis, too', { skip: skipRedis }, async (t) => {
  const redis = await startRedis();
  t.after(() => redis.remove());
  await passesOn(t, redis.spec);
});

async function passesOn(t: TestContext, store: string): Promise<void> {
  const { port, stop } = await startServer(['--store', store]);
  t.after(stop);
  const results = await runCheck({ port, keys: 100 });
  assert.deepEqual(
    results
      .filter(({ verdict, check: { id } }) => verdict !== 'PASS' && !timed.includes(id))
      .map(({ check: { id }, came }) => `${id}: ${came}`),
    [],
  );
}

test('check: it stores no more keys than it says beforehand, and --clean-up deletes them', async (t) => {
  const fresh = await startServer();
  t.after(() => fresh.stop());
  await using client = await openClient({ port: fresh.port });
  const left = await check(`${fresh.port}`, '--keys', '100');
  const { keys } = await client.stats();
  const bound = Number(/at most (\d+) keys are left behind/.exec(left.stdout)?.[1]);
  assert.ok(keys > 0n && keys <= bound, `${keys} keys of ${bound}`);
  const cleaned = await check(`${fresh.port}`, '--keys', '100', '--clean-up');
  assert.match(cleaned.stdout, /^\d+ keys were deleted\.$/m);
  assert.equal((await client.stats()).keys, keys);
});

test('check: --json writes one object and nothing else', async () => {
  const { code, stdout } = await check(`${server.port}`, '--keys', '100', '--json');
  const report: unknown = JSON.parse(stdout);
  assert.ok(typeof report === 'object' && report !== null && 'passed' in report && 'checks' in report);
  assert.ok(Array.isArray(report.checks));
  assert.ok('failed' in report);
  assert.deepEqual([code, report.failed], [0, 0]);
});

test('check: bad arguments and a bad .proto are 2, --help is 0', async () => {
  const outputs = await Promise.all([
    check('5440', '--frobnicate', '--host', 'a,b'),
    check(`${server.port}`, '--proto', 'README.md'),
    check(`${server.port}`, '--proto', 'proto/nowhere.proto'),
    check('--help'),
  ]);
  assert.deepEqual(
    outputs.map(({ code }) => code),
    [2, 2, 2, 0],
  );
  assert.match(outputs[1]?.stderr ?? '', /--proto: expected a \.proto file/);
  assert.match(outputs[3]?.stdout ?? '', /--junit FILE/);
});
