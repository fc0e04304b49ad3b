/** Our load tester beside h2load and ghz, on the same servers: calls per second, and its own CPU per call. See --help. */
import { execFile, execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { NumStoreService } from '../generated/numstore.ts';
import { publish, summarize } from './report.ts';
import {
  cpuMicroseconds,
  isInstalled,
  type Recipe,
  type Subject,
  startSubject,
} from './transport/subject.ts';

const usage = `Usage: bench/generator.ts [--rounds 5] [--seconds 3] [--out FILE]
FILE.md and FILE.json get the result. h2load and ghz are left out where they are not installed.`;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const rounds = Number(flags.rounds);
const seconds = Number(flags.seconds);
const execute = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bench-generator-'));
const contentFile = join(folder, 'setnum');
const connections = 8;

/** How many calls are under way on each connection. */
interface Shape {
  readonly inFlight: number;
}

/** What a run of a generator came to. */
interface Sample {
  readonly perSecond: number;
  /** CPU time of the generator per call, its start included, in microseconds */
  readonly ownCpu: number;
  readonly serverCpu: number;
}

/** A program that sends SetNum as fast as it can for `seconds`. */
interface Generator {
  readonly name: string;
  readonly program: string;
  args(port: number, shape: Shape): readonly string[];
  /** calls that were answered, out of what it prints; all of them must have been answered well */
  readonly answered: RegExp;
}

const ours: Generator = {
  name: 'ours',
  program: process.execPath,
  args: (port, { inFlight }) => [
    join(root, 'dist/client/main.js'),
    ...[`${port}`, '--duration', `${seconds}s`, '--mix', 'SetNum=1', '--keys', '1', '--values', '7'],
    ...['--threads', '1', '--connections', `${connections}`, '--in-flight', `${inFlight}`],
  ],
  answered: /^Throughput: .* per second, (\d+) replies$/m,
};
const h2load: Generator = {
  name: 'h2load',
  program: 'h2load',
  args: (port, { inFlight }) => [
    ...['-D', `${seconds}`, '-t', '1', '-c', `${connections}`, '-m', `${inFlight}`, '-d', contentFile],
    ...['-H', 'content-type: application/grpc', '-H', 'te: trailers'],
    `http://127.0.0.1:${port}/NumStore/SetNum`,
  ],
  answered: /status codes: (\d+) 2xx, 0 3xx, 0 4xx, 0 5xx/,
};
const ghzProgram = [join(homedir(), 'go/bin/ghz')].find(existsSync) ?? 'ghz';
const ghz: Generator = {
  name: 'ghz',
  program: ghzProgram,
  args: (port, { inFlight }) => [
    ...['--insecure', '--proto', join(root, 'numstore.proto'), '--call', 'NumStore.SetNum'],
    ...['-d', '{"key":"key1","value":"7"}', '-z', `${seconds}s`, '--connections', `${connections}`],
    ...['-c', `${connections * inFlight}`, '--duration-stop', 'wait', `127.0.0.1:${port}`],
  ],
  answered: /\[OK\]\s+(\d+) responses/,
};
const generators = [ours, h2load, ghz].filter(({ program }) => isInstalled(program));

function prepare(): string {
  execFileSync('npm', ['run', 'build', '--silent'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync('npx', ['tsc', '-p', 'bench/transport/tsconfig.json'], { cwd: root, stdio: 'inherit' });
  const built = join(root, 'dist/bench-transport');
  for (const [file, place] of [
    ['generated/descriptors.binpb', 'generated'],
    ['server/factorial/engine/engine.wasm', 'server/factorial/engine'],
  ] as const) {
    mkdirSync(join(built, place), { recursive: true });
    copyFileSync(join(root, file), join(built, file));
  }
  const message = NumStoreService.setNum.requestSerialize({ key: 'key1', value: 7n });
  writeFileSync(contentFile, Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]));
  return join(built, 'bench/transport/server.js');
}

/** Runs `generator` once; bash's `time` tells the CPU of it and its threads. */
async function run(generator: Generator, subject: Subject, shape: Shape): Promise<Sample> {
  const timed = 'TIMEFORMAT="cpu %U %S"; time "$@"';
  const words = ['-c', timed, 'bash', generator.program, ...generator.args(subject.port, shape)];
  const before = cpuMicroseconds(subject.pid);
  const { stdout, stderr } = await execute('bash', words, { timeout: 120_000 });
  const serverCpu = cpuMicroseconds(subject.pid) - before;
  const calls = Number(generator.answered.exec(stdout)?.[1]);
  const [, user, system] = /cpu ([\d.]+) ([\d.]+)/.exec(stderr) ?? [];
  if (!(calls > 0)) throw new Error(`${generator.name}: no calls were answered\n${stdout}${stderr}`);
  const ownCpu = ((Number(user) + Number(system)) * 1e6) / calls;
  return { perSecond: calls / seconds, ownCpu, serverCpu: serverCpu / calls };
}

/** One line of the result. */
interface Figures {
  readonly case: string;
  readonly generator: string;
  readonly samples: readonly Sample[];
}

async function compare(subject: Subject, shape: Shape): Promise<readonly Figures[]> {
  const samples = new Map<Generator, Sample[]>(generators.map((generator) => [generator, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [generator, taken] of samples) {
      const sample = await run(generator, subject, shape);
      if (round > 0) taken.push(sample); // the first round warms the server up
    }
  }
  const name = `${subject.name}, ${connections} x ${shape.inFlight}`;
  return [...samples].map(([generator, taken]) => ({
    case: name,
    generator: generator.name,
    samples: taken,
  }));
}

function toRow(figures: Figures, all: readonly Figures[]): readonly string[] {
  const middle = (pick: (sample: Sample) => number) => summarize(figures.samples.map(pick));
  const rate = middle(({ perSecond }) => perSecond);
  const peer = all.find((other) => other.case === figures.case && other.generator === h2load.name);
  const peerRate = summarize(peer?.samples.map(({ perSecond }) => perSecond) ?? []).median;
  return [
    figures.case,
    figures.generator,
    rate.median.toFixed(0),
    `${(rate.p10 / 1000).toFixed(1)}-${(rate.p90 / 1000).toFixed(1)} k`,
    Number.isNaN(peerRate) ? 'n/a' : (rate.median / peerRate).toFixed(2),
    middle(({ ownCpu }) => ownCpu).median.toFixed(1),
    middle(({ serverCpu }) => serverCpu).median.toFixed(1),
  ];
}

async function main(): Promise<void> {
  if (flags.help) return console.log(usage);
  const server = prepare();
  const recipes: readonly Recipe[] = ['native', 'grpc-js'].map((name) => ({
    name,
    kind: 'ours',
    command: [process.execPath, server, 'PORT', name, 'shared'],
  }));
  let port = 43_000 + (process.pid % 1_000) * 10;
  const figures: Figures[] = [];
  try {
    for (const recipe of recipes) {
      const subject = await startSubject(recipe, port++);
      try {
        for (const inFlight of [1, 32]) figures.push(...(await compare(subject, { inFlight })));
      } finally {
        await subject.stop();
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  publish(
    {
      title: 'The load tester beside h2load and ghz',
      method: `SetNum of one key, ${connections} connections x calls under way on each, one thread, ${rounds} rounds of ${seconds} s, generators taking turns after a round that warms up; medians, and p10 to p90. Our client is compiled. CPU of a generator: user and system, its start included.`,
      versions: Object.fromEntries(generators.map(({ name, program }) => [name, versionOf(name, program)])),
      columns: [
        'server',
        'generator',
        'calls/s',
        'spread',
        'of h2load',
        'own CPU, us/call',
        'server CPU, us/call',
      ],
      rows: figures.map((line) => toRow(line, figures)),
      figures,
    },
    flags.out,
  );
}

function versionOf(name: string, program: string): string {
  if (name === 'ours') return String(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
  return execFileSync('bash', ['-c', '"$1" --version 2>&1 | head -1', 'bash', program], {
    encoding: 'utf8',
  }).trim();
}

await main();
