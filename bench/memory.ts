import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseKey } from '../server/domain/key.ts';
import { createLock } from '../server/domain/lock.ts';
import { openStore } from '../server/store/open.ts';
import { patient } from '../test/support/store-caller.ts';

/*
 * Resident memory of a process with a store of a million keys: each case in a fresh process, interleaved, and read
 * from the operating system once the store is full and all of it has been listed. Prints Markdown.
 */
const rounds = 3;
const keyCounts = [0, 1_000_000];

interface Figures {
  readonly rssMb: number;
  readonly peakMb: number;
}

interface Case {
  readonly kind: string;
  readonly keys: number;
  readonly runs: Figures[];
}

/** In the process of one case. */
async function hold(spec: string, keys: number): Promise<Figures> {
  const store = await openStore(spec, { lock: createLock() });
  // As many as a busy server has in flight: garbage that lives longer would be counted too.
  const batch = 64;
  for (let start = 0; start < keys; start += batch) {
    const sets = Array.from({ length: Math.min(batch, keys - start) }, (_, index) => {
      const number = start + index;
      // As a decoder makes them: a string of its own, and a value beyond the small ones.
      const key = parseKey(Buffer.from(`user:${String(number).padStart(9, '0')}`).toString());
      return store.set(key, BigInt(number) * 1_000_003n, patient);
    });
    await Promise.all(sets);
  }
  let listed = 0;
  const query = { prefix: '', startAfter: undefined, limit: 0n };
  for await (const page of store.list(query, patient)) listed += page.length;
  if (listed !== keys) throw new Error(`Expected ${keys} keys, got ${listed}`);
  const figures = { rssMb: process.memoryUsage.rss() / 1e6, peakMb: process.resourceUsage().maxRSS / 1e3 };
  await store.close();
  return figures;
}

async function compare(): Promise<void> {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  console.log(
    `# Memory\n\n${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, commit ${commit}:`,
  );
  console.log(
    `npx tsx bench/memory.ts. Median (lowest..highest) of ${rounds} processes each, in MB (10^6 bytes).\n`,
  );
  console.log('| store | keys | resident | peak |\n|---|---|---|---|');
  const cases = ['memory', 'lmdb'].flatMap((kind) =>
    keyCounts.map((keys): Case => ({ kind, keys, runs: [] })),
  );
  for (let round = 0; round < rounds; round += 1) {
    for (const one of cases) one.runs.push(await runCase(one.kind, one.keys));
  }
  for (const { kind, keys, runs } of cases) {
    const cells = [runs.map(({ rssMb }) => rssMb), runs.map(({ peakMb }) => peakMb)].map(describe);
    console.log(`| ${kind} | ${keys} | ${cells.join(' | ')} |`);
  }
}

async function runCase(kind: string, keys: number): Promise<Figures> {
  const directory = await mkdtemp(join(tmpdir(), 'numstore-memory-'));
  try {
    const spec = kind === 'lmdb' ? `lmdb:${directory}` : kind;
    const file = fileURLToPath(import.meta.url);
    const args = ['--import', import.meta.resolve('tsx'), file, spec, String(keys)];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function describe(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return `${middle.toFixed(0)} (${Math.min(...values).toFixed(0)}..${Math.max(...values).toFixed(0)})`;
}

const [spec, keys = '0'] = process.argv.slice(2);
if (spec === undefined) await compare();
else console.log(JSON.stringify(await hold(spec, Number(keys))));
