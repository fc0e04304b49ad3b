import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Key, parseKey } from '../server/domain/key.ts';
import { createLock } from '../server/domain/lock.ts';
import { openStore } from '../server/store/open.ts';
import type { Store } from '../server/store/store.ts';
import { skipRedis, startRedis } from '../test/support/redis.ts';
import { patient } from '../test/support/store-caller.ts';

/*
 * The stores side by side in one process, interleaved: acknowledged SetNums per second, the tail of SetNum while a
 * million keys are listed, and the time to open a million keys. No gRPC in it. Prints Markdown.
 */
const rounds = 5;
const roundMs = 1500;
const inFlightCounts = [1, 8, 64, 256];
const keyCount = 1_000_000;
const keyRange = 100_000;
const latencyRounds = 5;
const latencyMs = 4000;
const latencyWriters = 4;

interface Contender {
  readonly name: string;
  readonly store: Store;
}

function print(...lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}

/** SetNums acknowledged per second, with so many under way at any time. */
async function measureRate(store: Store, inFlight: number): Promise<number> {
  const start = performance.now();
  let acknowledged = 0;
  const write = async (): Promise<void> => {
    for (let count = 0; ; count += 1) {
      // Stores that wait for nothing would otherwise never let the clock be looked at by anybody else.
      if (count % 64 === 63) await nextTurn();
      if (performance.now() - start >= roundMs) return;
      const number = Math.floor(Math.random() * keyRange);
      await store.set(parseKey(`key-${number}`), BigInt(number), patient);
      acknowledged += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, write));
  return (acknowledged / (performance.now() - start)) * 1000;
}

async function benchRates(contenders: readonly Contender[]): Promise<void> {
  print(
    '## Acknowledged SetNum/s, in the store',
    '',
    `Median (lowest..highest) of ${rounds} rounds of ${roundMs} ms.`,
    '',
  );
  print(`| in flight | ${contenders.map(({ name }) => name).join(' | ')} | lmdb : redis |`);
  print(`|---|${contenders.map(() => '---|').join('')}---|`);
  for (const inFlight of inFlightCounts) {
    const rates = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const { name, store } of contenders) rates.get(name)?.push(await measureRate(store, inFlight));
    }
    const cells = contenders.map(({ name }) => describeRates(rates.get(name) ?? []));
    const ratio = median(rates.get('lmdb') ?? []) / median(rates.get('redis, appendfsync always') ?? []);
    print(`| ${inFlight} | ${cells.join(' | ')} | ${Number.isNaN(ratio) ? 'n/a' : `${ratio.toFixed(1)}x`} |`);
  }
  for (const { store } of contenders) await assertTotal(store);
  print('', 'Afterwards each total was the sum of the entries.', '');
}

/** The times of SetNums of a few writers, each of which lets the event loop turn before it writes again. */
async function measureLatencies(store: Store, ms: number, isOver: () => boolean): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + ms;
  const write = async (): Promise<void> => {
    while (performance.now() < end && !isOver()) {
      const key = parseKey(`key-${Math.floor(Math.random() * keyCount)}`);
      const start = performance.now();
      await store.set(key, 1n, patient);
      times.push(performance.now() - start);
      await nextTurn();
    }
  };
  await Promise.all(Array.from({ length: latencyWriters }, write));
  return times;
}

async function benchListing({ name, store }: Contender): Promise<void> {
  const idle: number[] = [];
  const listing: number[] = [];
  const seconds: number[] = [];
  for (let round = 0; round < latencyRounds; round += 1) {
    idle.push(percentile(await measureLatencies(store, latencyMs, () => false), 0.99));
    let isOver = false;
    const start = performance.now();
    const list = async (): Promise<void> => {
      let listed = 0;
      const query = { prefix: '', startAfter: undefined, limit: 0n };
      for await (const page of store.list(query, patient)) listed += page.length;
      seconds.push((performance.now() - start) / 1000);
      if (listed !== keyCount) throw new Error(`Expected ${keyCount} keys, got ${listed}`);
      isOver = true;
    };
    const [times] = await Promise.all([measureLatencies(store, 120_000, () => isOver), list()]);
    listing.push(percentile(times, 0.99));
  }
  const ratio = median(listing) / median(idle);
  print(
    `| ${name} | ${describeMs(idle)} | ${describeMs(listing)} | ${ratio.toFixed(1)}x | ${median(seconds).toFixed(1)} |`,
  );
}

async function fill(store: Store): Promise<void> {
  const batch = 10_000;
  for (let start = 0; start < keyCount; start += batch) {
    const keys: Key[] = Array.from({ length: batch }, (_, index) => parseKey(`key-${start + index}`));
    await Promise.all(keys.map((key) => store.set(key, 1n, patient)));
  }
}

async function assertTotal(store: Store): Promise<void> {
  let sum = 0n;
  for await (const page of store.list({ prefix: '', startAfter: undefined, limit: 0n }, patient)) {
    for (const { value } of page) sum += value;
  }
  const { total } = await store.stats(patient);
  if (total !== sum) throw new Error(`Expected the total ${sum}, got ${total}`);
}

async function benchMillion(root: string): Promise<void> {
  print(
    `## ${keyCount} keys`,
    '',
    `SetNum p99 in ms, ${latencyWriters} writers, median (lowest..highest) of ${latencyRounds} rounds.`,
    '',
  );
  print(
    '| store | idle | while all keys are listed | ratio | the listing takes s |',
    '|---|---|---|---|---|',
  );
  const memory = await openStore('memory', { lock: createLock() });
  await fill(memory);
  await benchListing({ name: 'memory', store: memory });
  await memory.close();
  const spec = `lmdb:${await mkdtemp(join(root, 'million-'))}`;
  const filled = await openStore(spec, { lock: createLock() });
  await fill(filled);
  await benchListing({ name: 'lmdb', store: filled });
  await filled.close();
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    const store = await openStore(spec, { lock: createLock() });
    times.push(performance.now() - start);
    await store.close();
  }
  print('', `lmdb opens ${keyCount} keys, the check of all of them included, in ${describeMs(times)} ms.`);
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * p;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

function describeRates(rates: readonly number[]): string {
  return `${median(rates).toFixed(0)} (${Math.min(...rates).toFixed(0)}..${Math.max(...rates).toFixed(0)})`;
}

function describeMs(times: readonly number[]): string {
  return `${median(times).toFixed(3)} (${Math.min(...times).toFixed(3)}..${Math.max(...times).toFixed(3)})`;
}

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`;
print('# Stores', '', `${machine}, Node ${process.version}, commit ${commit}: npx tsx bench/stores.ts`, '');
const root = await mkdtemp(join(tmpdir(), 'numstore-bench-'));
const redis = skipRedis === false ? await startRedis() : undefined;
try {
  const contenders: Contender[] = [
    { name: 'memory', store: await openStore('memory', { lock: createLock() }) },
    {
      name: 'lmdb',
      store: await openStore(`lmdb:${await mkdtemp(join(root, 'rates-'))}`, { lock: createLock() }),
    },
  ];
  if (redis !== undefined) {
    contenders.push({
      name: 'redis, appendfsync always',
      store: await openStore(redis.spec, { lock: createLock() }),
    });
  }
  await benchRates(contenders);
  for (const { store } of contenders) await store.close();
  await benchMillion(root);
} finally {
  await redis?.remove();
  await rm(root, { recursive: true, force: true });
}
