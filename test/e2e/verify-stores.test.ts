import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { clientProgram, collect, start } from '../support/process.ts';
import { type RedisServer, skipRedis, startRedis } from '../support/redis.ts';
import { count } from '../support/scale.ts';
import { startServer } from '../support/server.ts';
import { lmdbSubject } from '../support/store-places.ts';
import { verdictOf } from '../support/verified-run.ts';

const calls = count(20_000, 1_000_000);
/** A record takes 54 bytes a call, twice while it grows or moves, and its judgement as much again; the rest is Node. */
const bytesMax = 300 * 2 ** 20 + 400 * calls;

/** Runs the client to its end; `peakBytes` is the most memory it had, where the system tells. */
async function runMeasured(
  ...words: readonly string[]
): Promise<{ readonly code: unknown; readonly stdout: string; readonly peakBytes: number }> {
  const child = start([...clientProgram, ...words]);
  const stdout = collect(child, 'stdout');
  const ended = new Promise<unknown>((resolve) => child.once('close', resolve));
  let peakBytes = 0;
  const look = setInterval(() => {
    peakBytes = Math.max(peakBytes, readPeak(child.pid));
  }, 50);
  const code = await ended;
  clearInterval(look);
  return { code, stdout: stdout(), peakBytes };
}

function readPeak(pid: number | undefined): number {
  try {
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kibibytes ?? 0) * 1024;
  } catch {
    return 0; // it has just ended, or this is no Linux
  }
}

async function verify(t: TestContext, store: string): Promise<void> {
  const server = await startServer(['--store', store, '--transport', 'native']);
  t.after(() => server.stop());
  const mix = 'SetNum=4,Fact=4,GetNum=1,AddNum=1';
  const load = ['--requests', `${calls}`, '--in-flight', '16', '--mix', mix, '--duration', '1h'];
  const { code, stdout, peakBytes } = await runMeasured(`${server.port}`, '--verify', '--fresh', ...load);
  // a pool whose machine is busy refuses Facts, which is an answer and judged as such; nothing else may fail
  const failures = [...stdout.matchAll(/^ {2}\d+ x \w+ (\w+): /gm)].map(([, status]) => status);
  assert.deepEqual(
    failures.filter((status) => status !== 'RESOURCE_EXHAUSTED'),
    [],
    stdout,
  );
  assert.equal(code, failures.length === 0 ? 0 : 1, stdout);
  assert.equal(verdictOf(stdout).split('\n')[0], `Verified: 0 violations in ${calls + 202} operations`);
  assert.ok(peakBytes < bytesMax, `${peakBytes} bytes`);
  t.diagnostic(`the client had at most ${Math.round(peakBytes / 2 ** 20)} MiB`);
}

test(`verify: ${calls} calls on the memory store have 0 violations, in bounded memory`, (t) =>
  verify(t, 'memory'));

// in the long suite alone: the stores have their own tests at every scale
const skip = calls < 1_000_000 && 'part of the long suite';

test(`verify: ${calls} calls on lmdb have 0 violations, in bounded memory`, { skip }, async (t) => {
  const place = await lmdbSubject.createPlace();
  t.after(() => place.remove());
  await verify(t, place.spec);
});

test(`verify: ${calls} calls on Redis have 0 violations, in bounded memory`, {
  skip: skip || skipRedis,
}, async (t) => {
  const redis: RedisServer = await startRedis();
  t.after(() => redis.remove());
  await verify(t, redis.spec);
});
