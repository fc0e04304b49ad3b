/**
 * SetNum, and Fact that is not cached, while four large factorials run: our server, the exercise's Python server and one
 * on grpc-go, interleaved.
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
import { publish } from './report.ts';
import { checkAnswers } from './tail/check.ts';
import { type BenchServer, openGo, openOurs, openPythonServer } from './tail/servers.ts';
import {
  columns,
  comparisons,
  type Figures,
  figuresOf,
  type Measured,
  percentiles,
  type Round,
  row,
} from './tail/table.ts';

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
const isOurs = ({ server }: Figures): boolean => transports.map(oursOn).includes(server);

/** Between two measurements: what one leaves behind is not the next one's. */
const settleMs = 300;

type Lane = Measured & { readonly rounds: Round[] };

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

async function measure(
  { port, bigCall }: BenchServer,
  prober: LineProcess,
  loader: LineProcess,
): Promise<Round> {
  const probe = async (call: 'SetNum' | 'Fact'): Promise<number[]> =>
    JSON.parse(
      await prober.ask(`${call} ${port} ${values.seconds} ${values['in-flight']} ${values['rest-ms']}`),
    );
  const idle = await probe('SetNum');
  const idleFact = await probe('Fact');
  await loader.ask(`start ${port} ${bigCall}`);
  const loaded = await probe('SetNum');
  const loadedFact = await probe('Fact');
  const load: { answered: number; hits: number; ms: number } = JSON.parse(await loader.ask('stop'));
  if (load.hits > 0) throw new Error(`${load.hits} large factorials came from a cache`);
  return {
    idle: percentiles(idle),
    loaded: percentiles(loaded),
    fact: { idle: percentiles(idleFact), loaded: percentiles(loadedFact) },
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
const notes = values.nice === undefined ? comparisons(figures, isOurs) : [];
publish(
  {
    title:
      values.nice === undefined
        ? 'SetNum and cold Fact while four large factorials run'
        : 'SetNum and cold Fact while four large factorials run, by niceness of the workers',
    method:
      `SetNum, and then Fact of 0 to 20 in turn, of which none is cached, from a process of its own, ${values['in-flight']} in flight with ${values['rest-ms']} ms of rest ` +
      `after each (a closed loop: a stalled server is asked less often, which flatters the slow ones); idle, and while ` +
      `another process keeps four factorials of distinct n from ${n} to ${n + 1999} under way, from largest to smallest, ` +
      `none answered from a cache; the process that measures goes first where it may (nice -15), the one that asks for factorials last (SCHED_IDLE): neither would share the server's cores in life; ours streams n! over FactExact, the peers compute n! in Fact and answer only how many bits it has; ${rounds} rounds of ${values.seconds} s idle and ` +
      `${values.seconds} s loaded per server and call, interleaved; percentiles per round, their median; max of all rounds; ratios per round, their ` +
      `median (10th to 90th percentile); milliseconds; answers checked first`,
    versions: Object.fromEntries(opened.servers.map(({ name, version }) => [name, version])),
    columns,
    rows: figures.map(row),
    figures,
    notes: [...notes, ...opened.notes],
  },
  values.out,
);
