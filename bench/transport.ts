import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { NumStoreService } from '../generated/numstore.ts';
import { openGrpcClient } from '../transport/index.ts';
import { compare, type Row } from './transport/compare.ts';
import { figures, type Measured } from './transport/figures.ts';
import { measureIdle } from './transport/idle.ts';
import type { Load } from './transport/load.ts';
import { built, limitName, plainRecipes, preparePeers, secureRecipes } from './transport/recipes.ts';
import { isInstalled, type Recipe, type Subject, startSubject } from './transport/subject.ts';
import { figuresTable, rowsTable } from './transport/table.ts';
import { compareTails } from './transport/tail.ts';

/** Our transport beside others: requests per second, and CPU of the server per request. See --help. */

const usage = `Usage: bench/transport.ts [--rounds 5] [--seconds 1.5] [--peers FOLDER] [--out FILE] [--only WORD]
FOLDER has what bench/peers/build.sh built; without it they are built once, which takes a few minutes. FILE gets the
tables as markdown, or what was measured as JSON if it ends so. WORD picks the cases whose names have it:
SetNum, Fact, "8 x 32", "8 x 1", TLS, idle, tail.`;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1.5' },
    peers: { type: 'string' },
    out: { type: 'string' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});
const rounds = Number(flags.rounds);
const seconds = Number(flags.seconds);
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bench-transport-'));

const cases = [
  ['SetNum, 8 x 32', 32, 'SetNum'],
  ['SetNum, 8 x 1', 1, 'SetNum'],
  ['Fact, cached, 8 x 32', 32, 'Fact'],
  ['Fact, cached, 8 x 1', 1, 'Fact'],
] as const;
const overTls = 'SetNum over TLS, 8 x 32';

/** Below those that the kernel gives to clients. */
let lastPort = 21_000 + (process.pid % 1_000) * 10;
const nextPort = (): number => ++lastPort;

const isAsked = (name: string): boolean => name.includes(flags.only);

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function prepare(): void {
  execFileSync('npx', ['tsc', '-p', 'bench/transport/tsconfig.json'], { cwd: root, stdio: 'inherit' });
  for (const file of ['generated/descriptors.binpb', 'server/factorial/engine/engine.wasm']) {
    mkdirSync(dirname(join(built, file)), { recursive: true });
    copyFileSync(join(root, file), join(built, file));
  }
  const { setNum, fact } = NumStoreService;
  writeFileSync(join(folder, 'seven'), 'seven b');
  writeFileSync(join(folder, 'setnum'), framed(setNum.requestSerialize({ key: 'key1', value: 7n })));
  writeFileSync(join(folder, 'fact'), framed(fact.requestSerialize({ key: 'key1' })));
  const subject = ['-subj', '/CN=localhost', '-days', '2', '-nodes'];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...files, ...subject], { stdio: 'ignore' });
}

function framed(content: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(content.length, 1);
  return Buffer.concat([prefix, content]);
}

/** A server that answers wrongly is not measured. */
async function check({ name, kind, port, scheme }: Subject): Promise<void> {
  if (scheme === 'https' || kind === 'limit') return;
  await using client = await openGrpcClient({ host: '127.0.0.1', port });
  const { total } = await client.unary(NumStoreService.setNum, { key: 'key1', value: 5n });
  const { value } = await client.unary(NumStoreService.fact, { key: 'key1' });
  const { hit } = await client.unary(NumStoreService.fact, { key: 'key1' });
  if (total !== 5n || value !== 120n || !hit) throw new Error(`${name} answers wrongly`);
}

async function start(recipes: readonly Recipe[], running: Subject[], notes: string[]): Promise<Subject[]> {
  const started: Subject[] = [];
  for (const recipe of recipes) {
    if (!isInstalled(recipe.command[0])) {
      notes.push(`left out, not installed: ${recipe.name}`);
      say(notes.at(-1) ?? '');
      continue;
    }
    const subject = await startSubject(recipe, nextPort());
    running.push(subject);
    started.push(subject);
    await check(subject);
    if (subject.version !== '') notes.push(`${subject.name}: ${subject.version}`);
  }
  return started;
}

function grpcLoad(inFlight: number, method: 'SetNum' | 'Fact'): (subject: Subject) => Load {
  return ({ name }) =>
    name === limitName
      ? { connections: 8, inFlight, path: '/seven', contentFile: undefined }
      : {
          connections: 8,
          inFlight,
          path: `/NumStore/${method}`,
          contentFile: join(folder, method.toLowerCase()),
        };
}

async function measureAll(notes: string[]): Promise<Measured> {
  const peers = preparePeers(flags.peers);
  prepare();
  const running: Subject[] = [];
  const rows: Row[] = [];
  const options = { rounds, seconds, say };
  try {
    const plain = await start(plainRecipes(peers, folder), running, notes);
    for (const [name, inFlight, method] of cases) {
      if (!isAsked(name)) continue;
      rows.push(...(await compare(name, plain, { ...options, loadOf: grpcLoad(inFlight, method) })));
    }
    if (isAsked(overTls)) {
      const secure = await start(secureRecipes(folder), running, notes);
      rows.push(...(await compare(overTls, secure, { ...options, loadOf: grpcLoad(32, 'SetNum') })));
    }
    const idle = isAsked('idle') ? await measureIdle(nextPort) : undefined;
    for (const subject of running.splice(0)) await subject.stop();
    // Last, with nobody else running: it builds the project, and what was built for the others is gone after.
    const tail = isAsked('tail') ? compareTails(rounds) : undefined;
    return { rows, idle, tail };
  } finally {
    for (const subject of running) await subject.stop();
    rmSync(folder, { recursive: true });
  }
}

function environmentNotes(): string[] {
  const cpu = cpus();
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' });
  return [
    `${cpu[0]?.model ?? 'unknown'}, ${cpu.length} cores, Node ${process.version}, commit ${commit.trim()}`,
    `h2load on the same machine, loopback, ${rounds} rounds of about ${seconds} s, servers taking turns, all of them running`,
    'CPU from /proc/PID/stat; each server first answers SetNum and Fact rightly; ratios are medians over the rounds',
    'nghttpd answers a 7-byte file; node:net alone answers the same bytes to all, decodes and stores nothing: the least that Node costs',
  ];
}

function markdown(measured: Measured, notes: readonly string[]): string {
  const parts = [
    '# The transport beside others',
    notes.map((note) => `- ${note}`).join('\n'),
    figuresTable(figures(measured)),
  ];
  if (measured.rows.length > 0) parts.push(rowsTable(measured.rows));
  return parts.join('\n\n');
}

async function main(): Promise<void> {
  if (flags.help) return console.log(usage);
  const notes = environmentNotes();
  const measured = await measureAll(notes);
  const text = markdown(measured, notes);
  console.log(text);
  if (flags.out === undefined) return;
  const json = JSON.stringify({ notes, ...measured, figures: figures(measured) }, undefined, 2);
  writeFileSync(flags.out, flags.out.endsWith('.json') ? json : `${text}\n`);
}

await main();
