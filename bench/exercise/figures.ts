/** The figures to reach, computed from one run of the benchmark. */
import { type Summary, summarize } from '../report.ts';
import type { ClientName, Run } from './clients.ts';
import type { Measured, Pair } from './rounds.ts';
import { oursOn, pythonName, tonicName, transports } from './servers.ts';

export type Verdict = 'aim reached' | 'reached' | 'missed' | 'not measured';

/** A figure to reach; the lower, the better. */
export interface Figure {
  readonly what: string;
  readonly unit: 'ratio' | 's';
  readonly reach: number;
  readonly aim: number;
  /** Over the rounds; `undefined` where a server or a client was left out. */
  readonly reached: Summary | undefined;
  readonly verdict: Verdict;
}

/** What must be reached, and what would be better still. */
type Bounds = Pick<Figure, 'reach' | 'aim'>;
type Share = 'p50' | 'p99' | 'whole';

const bounds = (reach: number, aim: number): Bounds => ({ reach, aim });

/** What a figure comes to. */
export function judge(reached: number | undefined, { reach, aim }: Bounds): Verdict {
  if (reached === undefined || Number.isNaN(reached)) return 'not measured';
  if (reached <= aim) return 'aim reached';
  return reached <= reach ? 'reached' : 'missed';
}

/** @param node the Node that runs our clients and, in these figures, our servers */
export function figuresOf(measured: Measured, node: string): readonly Figure[] {
  const native = oursOn('native', node);
  return [
    ...pairFigures(measured, node),
    ...serverFigures(measured, node),
    ...ratios('our client / the Python client, on tonic', clientsOn(measured, tonicName), {
      p50: bounds(0.8, 0.5),
      p99: bounds(1.6, 1),
    }),
    ...transports.map((transport) => warmUpRatio(measured, oursOn(transport, node))),
    ...[tonicName, native].flatMap((server) =>
      ratios(`our client / the Python client, on ${server}`, clientsOn(measured, server), {
        whole: bounds(2.2, 1.5),
      }),
    ),
    ...timeFigures(measured, node),
  ];
}

/** Two sides of a ratio; the rounds of both belong together. */
interface Sides {
  readonly ours: readonly Run[] | undefined;
  readonly theirs: readonly Run[] | undefined;
}

/** Cold runs. */
function runsOf({ pairs }: Measured, server: string, client: ClientName): readonly Run[] | undefined {
  return pairs.find((pair) => pair.server === server && pair.client === client)?.cold;
}

function clientsOn(measured: Measured, server: string): Sides {
  return { ours: runsOf(measured, server, 'compiled'), theirs: runsOf(measured, server, 'python') };
}

/** Our client on our server, beside Python's on Python's. */
function pairFigures(measured: Measured, node: string): readonly Figure[] {
  const sides = (transport: (typeof transports)[number]): Sides => ({
    ours: runsOf(measured, oursOn(transport, node), 'compiled'),
    theirs: runsOf(measured, pythonName, 'python'),
  });
  return [
    ...ratios('our pair on grpc-js / the Python pair', sides('grpc-js'), {
      p50: bounds(1.5, 0.5),
      p99: bounds(2.5, 0.8),
    }),
    ...ratios('our pair on native / the Python pair', sides('native'), {
      p50: bounds(0.5, 0.2),
      p99: bounds(1.6, 0.5),
    }),
  ];
}

/** Our server beside others, all by the Python client. */
function serverFigures(measured: Measured, node: string): readonly Figure[] {
  const ours = runsOf(measured, oursOn('grpc-js', node), 'python');
  const theirs = runsOf(measured, pythonName, 'python');
  const native = runsOf(measured, oursOn('native', node), 'python');
  return [
    ...ratios(
      'our grpc-js server / the Python server, by the Python client',
      { ours, theirs },
      { p50: bounds(1.5, 1), p99: bounds(2, 1) },
    ),
    bestPeerRatio(measured, native, 'p50', bounds(1.2, 1)),
    bestPeerRatio(measured, native, 'p99', bounds(2, 1)),
  ];
}

function timeFigures(measured: Measured, node: string): readonly Figure[] {
  const grpcJs = oursOn('grpc-js', node);
  return [
    seconds(
      `npx tsx client/main.ts PORT on ${node}, ${grpcJs}`,
      runsOf(measured, grpcJs, 'tsx')?.map(({ whole }) => whole),
      bounds(1.5, 1.2),
    ),
    ...transports.map((transport) =>
      seconds(
        `node dist/server/main.js --transport ${transport} until listening, ${node}`,
        measured.starts.get(oursOn(transport, node)),
        bounds(0.9, 0.6),
      ),
    ),
  ];
}

const shareTitles: Readonly<Record<Share, string>> = { p50: 'p50', p99: 'p99', whole: 'whole command' };

function ratios(
  what: string,
  sides: Sides,
  wanted: Readonly<Partial<Record<Share, Bounds>>>,
): readonly Figure[] {
  const shares: readonly Share[] = ['p50', 'p99', 'whole'];
  return shares.flatMap((share) => {
    const bounds = wanted[share];
    if (bounds === undefined) return [];
    return [figure(`${what}: ${shareTitles[share]}`, 'ratio', ratioByRound(sides, share), bounds)];
  });
}

/** The peer may be another one for each share: the best there is. */
function bestPeerRatio(
  { pairs }: Measured,
  ours: readonly Run[] | undefined,
  share: 'p50' | 'p99',
  bounds: Bounds,
): Figure {
  const medianOf = ({ cold }: Pair): number => summarize(cold.map((run) => run[share])).median;
  const [best] = pairs
    .filter(({ server, client }) => client === 'python' && !server.startsWith('ours'))
    .toSorted((a, b) => medianOf(a) - medianOf(b));
  const what = `our native server / the best peer (${best?.server ?? 'none'}), by the Python client: ${share}`;
  return figure(what, 'ratio', ratioByRound({ ours, theirs: best?.cold }, share), bounds);
}

function warmUpRatio({ hotAfter, pairs }: Measured, server: string): Figure {
  const pair = pairs.find(({ hot, ...other }) => other.server === server && hot.length > 0);
  const what = `${server}: cold / after ${hotAfter} runs, by the Python client: p99`;
  return figure(what, 'ratio', ratioByRound({ ours: pair?.cold, theirs: pair?.hot }, 'p99'), bounds(2, 1.2));
}

/** Each round's ratio: what else the machine did in a round concerns both sides of it. */
function ratioByRound({ ours, theirs }: Sides, share: Share): readonly number[] | undefined {
  if (theirs === undefined) return undefined;
  return ours?.map((run, round) => run[share] / (theirs[round]?.[share] ?? Number.NaN));
}

function seconds(what: string, milliseconds: readonly number[] | undefined, bounds: Bounds): Figure {
  return figure(
    what,
    's',
    milliseconds?.map((ms) => ms / 1000),
    bounds,
  );
}

function figure(
  what: string,
  unit: Figure['unit'],
  samples: readonly number[] | undefined,
  bounds: Bounds,
): Figure {
  const reached = samples === undefined || samples.length === 0 ? undefined : summarize(samples);
  return { what, unit, ...bounds, reached, verdict: judge(reached?.median, bounds) };
}
