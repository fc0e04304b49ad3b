import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { NumStoreService } from '../generated/numstore.ts';
import { openGrpcClient } from '../transport/index.ts';
import { memoryPerConnection } from './transport/idle.ts';
import { type Load, measure, median, type Sample } from './transport/load.ts';
import { isInstalled, type Recipe, type Subject, startSubject } from './transport/subject.ts';

/** Our transport beside others: requests per second, and CPU of the server per request. See --help. */

const usage = `Usage: bench/transport.ts [--rounds 5] [--seconds 1.5] [--peers FOLDER] [--out FILE] [--only WORD]
FOLDER has what bench/peers/build.sh built. FILE gets the table as markdown, or as JSON if it ends so. WORD picks the cases whose names have it.`;

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
const built = join(root, 'dist/bench-transport');
const folder = mkdtempSync(join(tmpdir(), 'bench-transport-'));

/** One line of the result. */
interface Row {
  readonly case: string;
  readonly server: string;
  readonly perSecond: number;
  readonly spread: string;
  readonly cpu: number;
}

const node = (...args: string[]): [string, ...string[]] => [
  process.execPath,
  join(built, 'bench/transport/server.js'),
  ...args,
];
const ours: Recipe = { name: 'native', command: node('PORT', 'native', 'shared') };
const plain: readonly Recipe[] = [
  ours,
  { name: 'native, a lock for each call', command: node('PORT', 'native', 'unshared') },
  { name: 'grpc-js', command: node('PORT', 'grpc-js', 'shared') },
  { name: 'grpc-go', command: [join(flags.peers ?? '', 'peer-go'), 'PORT'] },
  { name: 'gRPC C++', command: [join(flags.peers ?? '', 'peer-cpp'), 'PORT'] },
  { name: 'tonic', command: [join(flags.peers ?? '', 'peer-rust'), 'PORT'] },
];
const limit: Recipe = { name: 'nghttpd', command: ['nghttpd', '--no-tls', '-d', folder, 'PORT'] };
const secure: readonly Recipe[] = [
  { name: 'native, TLS', command: node('PORT', 'native', 'shared', folder), scheme: 'https' },
  { name: 'grpc-js, TLS', command: node('PORT', 'grpc-js', 'shared', folder), scheme: 'https' },
];

const cases = [
  ['SetNum, 8 x 32', 32, 'SetNum'],
  ['SetNum, 8 x 1', 1, 'SetNum'],
  ['Fact, cached, 8 x 32', 32, 'Fact'],
  ['Fact, cached, 8 x 1', 1, 'Fact'],
] as const;
const overTls = 'SetNum over TLS, 8 x 32';

/** Below those that the kernel gives to clients. */
let nextPort = 21_000 + (process.pid % 1_000) * 10;

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
async function check({ name, port, scheme }: Subject): Promise<void> {
  if (scheme === 'https') return;
  await using client = await openGrpcClient({ host: '127.0.0.1', port });
  const { total } = await client.unary(NumStoreService.setNum, { key: 'key1', value: 5n });
  const { value } = await client.unary(NumStoreService.fact, { key: 'key1' });
  const { hit } = await client.unary(NumStoreService.fact, { key: 'key1' });
  if (total !== 5n || value !== 120n || !hit) throw new Error(`${name} answers wrongly`);
}

async function startAll(recipes: readonly Recipe[]): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const recipe of recipes) {
    if (isInstalled(recipe.command[0])) subjects.push(await startSubject(recipe, nextPort++));
    else say(`left out, not installed: ${recipe.name}`);
  }
  return subjects;
}

/** The servers take turns; each has its calls sized so that a run takes about as long as every other. */
async function compare(
  name: string,
  subjects: readonly Subject[],
  loadOf: (subject: Subject) => Load,
): Promise<Row[]> {
  const samples = new Map<Subject, Sample[]>(subjects.map((subject) => [subject, []]));
  const requests = new Map<Subject, number>();
  for (const subject of subjects) {
    await measure(subject, loadOf(subject), 20_000);
    const { perSecond } = await measure(subject, loadOf(subject), 20_000);
    requests.set(subject, Math.max(10_000, Math.round((perSecond * seconds) / 1_000) * 1_000));
  }
  for (let round = 0; round < rounds; round++) {
    for (const [subject, taken] of samples) {
      taken.push(await measure(subject, loadOf(subject), requests.get(subject) ?? 10_000));
    }
  }
  return [...samples].map(([subject, taken]) => {
    const rates = taken.map(({ perSecond }) => perSecond);
    const row = {
      case: name,
      server: subject.name,
      perSecond: Math.round(median(rates)),
      spread: `${Math.round(Math.min(...rates) / 1_000)}-${Math.round(Math.max(...rates) / 1_000)} k`,
      cpu: Math.round(median(taken.map(({ cpu }) => cpu)) * 10) / 10,
    };
    say(`${row.case}: ${row.server}: ${row.perSecond}/s (${row.spread}), ${row.cpu} us`);
    return row;
  });
}

function grpcLoad(inFlight: number, method: 'SetNum' | 'Fact'): (subject: Subject) => Load {
  return ({ name }) =>
    name === limit.name
      ? { connections: 8, inFlight, path: '/seven', contentFile: undefined }
      : {
          connections: 8,
          inFlight,
          path: `/NumStore/${method}`,
          contentFile: join(folder, method.toLowerCase()),
        };
}

function table(rows: readonly Row[], notes: readonly string[]): string {
  const head = [
    '| case | server | requests/s (median) | spread | server CPU per request, us |',
    '|---|---|---|---|---|',
  ];
  const lines = rows.map(
    (row) => `| ${row.case} | ${row.server} | ${row.perSecond} | ${row.spread} | ${row.cpu} |`,
  );
  return [
    '# The transport beside others',
    '',
    ...notes.map((note) => `- ${note}`),
    '',
    ...head,
    ...lines,
    '',
  ].join('\n');
}

async function idleNotes(): Promise<string[]> {
  const count = 2_000;
  const bytes: number[] = [];
  for (const kind of ['native', 'sockets']) {
    const subject = await startSubject({ name: kind, command: node('PORT', kind) }, nextPort++);
    bytes.push(await memoryPerConnection(subject, count));
    await subject.stop();
  }
  const [native = 0, socket = 0] = bytes.map((value) => Math.round(value / 102.4) / 10);
  return [`${count} idle connections: ${native} KiB each, ${socket} of them the bare socket of node:net`];
}

async function main(): Promise<void> {
  if (flags.help) return console.log(usage);
  prepare();
  const running: Subject[] = [];
  try {
    const subjects = await startAll([...plain, limit]);
    running.push(...subjects);
    for (const subject of subjects) if (subject.name !== limit.name) await check(subject);
    const rows: Row[] = [];
    for (const [name, inFlight, method] of cases) {
      if (name.includes(flags.only))
        rows.push(...(await compare(name, subjects, grpcLoad(inFlight, method))));
    }
    if (overTls.includes(flags.only)) {
      const secured = await startAll(secure);
      running.push(...secured);
      rows.push(...(await compare(overTls, secured, grpcLoad(32, 'SetNum'))));
    }
    const cpu = cpus();
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
    }).trim();
    const notes = [
      `${cpu[0]?.model ?? 'unknown'}, ${cpu.length} cores, Node ${process.version}, commit ${commit}`,
      `h2load on the same machine, loopback, ${rounds} rounds of about ${seconds} s, servers taking turns, all of them running`,
      'CPU from /proc/PID/stat; each server first answers SetNum and Fact rightly; nghttpd answers a 7-byte file',
      ...subjects.filter(({ version }) => version !== '').map(({ name, version }) => `${name}: ${version}`),
      ...(await idleNotes()),
    ];
    const text = table(rows, notes);
    console.log(text);
    if (flags.out !== undefined) {
      writeFileSync(
        flags.out,
        flags.out.endsWith('.json') ? JSON.stringify({ notes, rows }, undefined, 2) : text,
      );
    }
  } finally {
    for (const subject of running) await subject.stop();
    rmSync(folder, { recursive: true });
  }
}

await main();
