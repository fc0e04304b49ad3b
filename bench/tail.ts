/**
 * SetNum while four large factorials run: our server, the exercise's Python server and one on grpc-go, interleaved.
 *
 *   npx tsx bench/tail.ts [--out FILE] [--seconds 5] [--rounds 5] [--n 100000] [--in-flight 1] [--rest-ms 1]
 *                         [--nice 0,10,19] [--transports grpc-js,native] [--server FILE]
 *
 * Ours runs once on each of --transports. With --nice our server is compared with itself at several values of --worker-nice; without --server FILE it is
 * compiled first.
 */
import { setTimeout as rest } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildServer } from './compiled-server.ts';
import { type LineProcess, openLineProcess } from './peers/line-process.ts';
import { percentile, publish, type Summary, summarize } from './report.ts';
import { checkAnswers } from './tail/check.ts';
import { type BenchServer, openGo, openOurs, openPythonServer } from './tail/servers.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '5' },
    n: { type: 'string', default: '100000' },
    'in-flight': { type: 'string', default: '1' },
    'rest-ms': { type: 'string', default: '1' },
    nice: { type: 'string' },
    transports: { type: 'string', default: 'grpc-js,native' },
    server: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const n = Number(values.n);
const transports = values.transports.split(',');
const oursOn = (transport: string): string => `ours, ${transport}`;

/** Between two measurements: what one leaves behind is not the next one's. */
const settleMs = 300;

const shares = { p50: 0.5, p99: 0.99, p999: 0.999 } as const;
type Share = keyof typeof shares;

/** One server in one round: milliseconds of SetNum, and what the load came to. */
interface Round {
  readonly idle: Readonly<Record<Share, number>>;
  readonly loaded: Readonly<Record<Share, number>>;
  readonly calls: { readonly idle: number; readonly loaded: number };
  readonly factorialsPerSecond: number;
}

interface Lane {
  readonly server: BenchServer;
  readonly rounds: Round[];
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

function byShare<T>(figure: (share: Share) => T): Readonly<Record<Share, T>> {
  return { p50: figure('p50'), p99: figure('p99'), p999: figure('p999') };
}

function percentiles(samples: readonly number[]): Readonly<Record<Share, number>> {
  return byShare((share) => percentile(samples, shares[share]));
}

async function measure(
  { port, bigCall }: BenchServer,
  prober: LineProcess,
  loader: LineProcess,
): Promise<Round> {
  const ask = `${port} ${values.seconds} ${values['in-flight']} ${values['rest-ms']}`;
  const idle: number[] = JSON.parse(await prober.ask(ask));
  await loader.ask(`start ${port} ${bigCall}`);
  const loaded: number[] = JSON.parse(await prober.ask(ask));
  const load: { answered: number; hits: number; ms: number } = JSON.parse(await loader.ask('stop'));
  if (load.hits > 0) throw new Error(`${load.hits} large factorials came from a cache`);
  return {
    idle: percentiles(idle),
    loaded: percentiles(loaded),
    calls: { idle: idle.length, loaded: loaded.length },
    factorialsPerSecond: load.answered / (load.ms / 1000),
  };
}

async function measureAll(servers: readonly BenchServer[]): Promise<readonly Lane[]> {
  const file = (name: string): string[] => [
    '--import',
    'tsx',
    fileURLToPath(new URL(`./tail/${name}.ts`, import.meta.url)),
  ];
  const prober = openLineProcess(process.execPath, file('prober'));
  const loader = openLineProcess(process.execPath, file('loader'));
  try {
    const lanes = servers.map((server) => ({ server, rounds: [] as Round[] }));
    for (const { port } of servers) await loader.ask(`prepare ${port} ${n}`);
    for (let round = 0; round < rounds; round++) {
      // Another one goes first each time.
      const first = round % lanes.length;
      for (const lane of [...lanes.slice(first), ...lanes.slice(0, first)]) {
        progress(`round ${round + 1} of ${rounds}: ${lane.server.name}`);
        lane.rounds.push(await measure(lane.server, prober, loader));
        await rest(settleMs);
      }
    }
    progress('');
    return lanes;
  } finally {
    await prober.close();
    await loader.close();
  }
}

interface Opened {
  readonly servers: BenchServer[];
  readonly notes: string[];
}

async function open(into: Opened): Promise<void> {
  const file = values.server ?? buildServer();
  if (values.nice !== undefined) {
    for (const nice of values.nice.split(',')) {
      into.servers.push(await openOurs(`nice ${nice}`, file, ['--worker-nice', nice]));
    }
    return;
  }
  for (const transport of transports) {
    into.servers.push(await openOurs(oursOn(transport), file, ['--transport', transport]));
  }
  const python = await openPythonServer();
  if (typeof python === 'string') into.notes.push(python);
  else into.servers.push(python);
  const go = await openGo({ 'grpc-go': {}, 'grpc-go, GOMAXPROCS=8': { GOMAXPROCS: '8' } });
  if (typeof go === 'string') into.notes.push(go);
  else into.servers.push(...go);
}

function figuresOf({ server, rounds: all }: Lane) {
  const of = (figure: (round: Round) => number): Summary => summarize(all.map(figure));
  return {
    server: server.name,
    idleMs: byShare((share) => of(({ idle }) => idle[share])),
    loadedMs: byShare((share) => of(({ loaded }) => loaded[share])),
    loadedToIdle: byShare((share) => of(({ idle, loaded }) => loaded[share] / idle[share])),
    factorialsPerSecond: of((round) => round.factorialsPerSecond),
    rounds: all,
  };
}
type Figures = ReturnType<typeof figuresOf>;

/** Each of ours against the peer whose p99 under load is the lowest. */
function comparisons(all: readonly Figures[]): readonly string[] {
  const names = transports.map(oursOn);
  const isOurs = ({ server }: Figures): boolean => names.includes(server);
  const [best] = all
    .filter((figures) => !isOurs(figures))
    .sort((a, b) => a.loadedMs.p99.median - b.loadedMs.p99.median);
  return best === undefined ? [] : all.filter(isOurs).map((ours) => comparison(ours, best));
}

function comparison(ours: Figures, best: Figures): string {
  const ratios = byShare((share) =>
    summarize(
      ours.rounds.map((round, i) => round.loaded[share] / (best.rounds[i]?.loaded[share] ?? Number.NaN)),
    ),
  );
  return (
    `${ours.server} / ${best.server} (the peer with the lowest p99 under load), both under load, per round: ` +
    `p50 ${spread(ratios.p50)}, p99 ${spread(ratios.p99)}, p99.9 ${spread(ratios.p999)}.`
  );
}

const spread = (s: Summary) => `${s.median.toFixed(3)} (${s.p10.toFixed(3)} to ${s.p90.toFixed(3)})`;
const triple = (s: Readonly<Record<Share, Summary>>, digits: number) =>
  Object.values(s)
    .map(({ median }) => median.toFixed(digits))
    .join(' / ');

function row(figures: Figures): readonly string[] {
  const { server, idleMs, loadedMs, loadedToIdle, factorialsPerSecond, rounds: all } = figures;
  const calls = all.reduce((sum, round) => sum + round.calls.loaded, 0);
  return [
    server,
    triple(idleMs, 3),
    triple(loadedMs, 3),
    spread(loadedToIdle.p50),
    spread(loadedToIdle.p99),
    factorialsPerSecond.median.toFixed(1),
    String(calls),
  ];
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const opened: Opened = { servers: [], notes: [] };
let lanes: readonly Lane[];
try {
  await open(opened);
  // Above all numbers of the load, so that what is cached of it helps with none of them.
  for (const server of opened.servers) await checkAnswers(server, n + 2000);
  lanes = await measureAll(opened.servers);
} finally {
  for (const server of opened.servers) await server.close();
}

const figures = lanes.map(figuresOf);
const notes = values.nice === undefined ? comparisons(figures) : [];
publish(
  {
    title:
      values.nice === undefined
        ? 'SetNum while four large factorials run'
        : 'SetNum while four large factorials run, by niceness of the workers',
    method:
      `SetNum from a process of its own, ${values['in-flight']} in flight with ${values['rest-ms']} ms of rest ` +
      `after each (a closed loop: a stalled server is asked less often, which flatters the slow ones); idle, and while ` +
      `another process keeps four factorials of distinct n from ${n} to ${n + 1999} under way, from largest to smallest, ` +
      `none answered from a cache; the process that measures goes first where it may (nice -15), the one that asks for factorials last (SCHED_IDLE): neither would share the server's cores in life; ours streams n! over FactExact, the peers compute n! in Fact and answer only how many bits it has; ${rounds} rounds of ${values.seconds} s idle and ` +
      `${values.seconds} s loaded per server, interleaved; percentiles per round, their median; ratios per round, their ` +
      `median (10th to 90th percentile); milliseconds; answers checked first`,
    versions: Object.fromEntries(opened.servers.map(({ name, version }) => [name, version])),
    columns: [
      'server',
      'idle p50 / p99 / p99.9, ms',
      'loaded p50 / p99 / p99.9, ms',
      'p50 loaded / idle',
      'p99 loaded / idle',
      'n! per second',
      'SetNum under load',
    ],
    rows: figures.map(row),
    figures,
    notes: [...notes, ...opened.notes],
  },
  values.out,
);
