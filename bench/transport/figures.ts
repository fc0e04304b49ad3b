import { bestPeers, cpuOf, type Row, ratio } from './compare.ts';
import type { IdleMemory } from './idle.ts';
import { limitName, oursName } from './recipes.ts';
import type { TailRatio } from './tail.ts';

/** What was measured, as far as it was. */
export interface Measured {
  readonly rows: readonly Row[];
  readonly idle: IdleMemory | undefined;
  readonly tail: TailRatio | undefined;
}

/** A figure to reach: `asked` has its bound, `reached` the number. */
export interface Figure {
  readonly what: string;
  readonly asked: string;
  readonly reached: string;
}

/** What is asked of a case: of the fastest peer's requests per second, of nghttpd's, and of the least CPU of a peer. */
const asked = [
  { case: 'SetNum, 8 x 32', ofPeer: 2.5, ofLimit: 0.7, cpu: 0.33 },
  { case: 'SetNum, 8 x 1', ofPeer: 1.5, ofLimit: 0.6, cpu: 0.6 },
  { case: 'Fact, cached, 8 x 32', ofPeer: 2.5, ofLimit: 0.7, cpu: 0.33 },
  { case: 'Fact, cached, 8 x 1', ofPeer: 1.5, ofLimit: 0.6, cpu: 0.6 },
] as const;

const tlsRatio = 5;
const idleKiBMax = 20;
const tailRatio = 0.1;

/** Each figure to reach for which there is a measurement. */
export function figures({ rows, idle, tail }: Measured): readonly Figure[] {
  return [
    ...asked.flatMap((goal) =>
      caseFigures(
        goal,
        rows.filter((row) => row.case === goal.case),
      ),
    ),
    ...(tail === undefined ? [] : [tailFigure(tail)]),
    ...tlsFigures(rows),
    ...(idle === undefined ? [] : [idleFigure(idle)]),
  ];
}

function caseFigures(goal: (typeof asked)[number], rows: readonly Row[]): Figure[] {
  const ours = rows.find(({ server }) => server === oursName);
  const { fastest, thriftiest } = bestPeers(rows);
  if (ours === undefined) return [];
  const limit = rows.find(({ server }) => server === limitName);
  const told: Figure[] = [];
  if (fastest !== undefined) {
    const reached = `${ratio(ours, fastest, 'perSecond').toFixed(2)} (${fastest.server})`;
    told.push({
      what: `${goal.case}: requests/s, of the best peer's`,
      asked: `at least ${goal.ofPeer}`,
      reached,
    });
  }
  if (limit !== undefined) {
    const reached = ratio(ours, limit, 'perSecond').toFixed(2);
    told.push({ what: `${goal.case}: requests/s, of nghttpd's`, asked: `at least ${goal.ofLimit}`, reached });
  }
  if (thriftiest !== undefined) {
    const reached = `${ratio(ours, thriftiest, 'cpu').toFixed(2)} (${thriftiest.server})`;
    told.push({
      what: `${goal.case}: server CPU per request, of the best peer's`,
      asked: `at most ${goal.cpu}`,
      reached,
    });
  }
  return [...told, ...lockFigures(goal.case, ours, rows)];
}

/** What the mutex costs, as one acquisition for all calls of a read and as one for each call. */
function lockFigures(name: string, ours: Row, rows: readonly Row[]): Figure[] {
  const without = rows.find(({ server }) => server === 'native, no lock');
  const unshared = rows.find(({ server }) => server === 'native, a lock for each call');
  if (without === undefined || unshared === undefined) return [];
  const cost = (row: Row): string => (cpuOf(row) - cpuOf(without)).toFixed(1);
  const reached = `${cost(ours)} us; acquired for each call ${cost(unshared)} us`;
  return [{ what: `${name}: what the mutex costs, CPU per request`, asked: 'to be told', reached }];
}

function tailFigure({ peer, oursMs, peerMs, ratio: reached }: TailRatio): Figure {
  return {
    what: `SetNum's p99 while four large factorials run, of the best setting's of the best peer`,
    asked: `at most ${tailRatio}`,
    reached: `${reached.toFixed(2)} (${oursMs.toFixed(1)} ms; ${peer} ${peerMs.toFixed(1)} ms)`,
  };
}

function tlsFigures(rows: readonly Row[]): Figure[] {
  const ours = rows.find(({ server }) => server === 'native, TLS');
  const grpcJs = rows.find(({ server }) => server === 'grpc-js, TLS');
  if (ours === undefined || grpcJs === undefined) return [];
  const reached = ratio(ours, grpcJs, 'perSecond').toFixed(1);
  return [{ what: `over TLS, 8 x 32: requests/s, of grpc-js's`, asked: `at least ${tlsRatio}`, reached }];
}

function idleFigure({ connections, ours, socket }: IdleMemory): Figure {
  return {
    what: `${connections} idle connections: KiB each beyond the socket`,
    asked: `at most ${idleKiBMax}`,
    reached: `${(ours - socket).toFixed(1)} (${ours.toFixed(1)} in all, ${socket.toFixed(1)} a bare socket of node:net)`,
  };
}
