import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientName, Run } from '../../bench/exercise/clients.ts';
import { type Figure, figuresOf, judge } from '../../bench/exercise/figures.ts';
import type { Measured, Pair } from '../../bench/exercise/rounds.ts';

const bounds = { reach: 1.5, aim: 0.5 };
const run = (p50: number, p99: number, whole = 100): Run => ({ p50, p99, whole });

function pair(server: string, client: ClientName, cold: Run[], hot: Run[] = []): Pair {
  return { server, client, cold, warm: cold, hot };
}

function measured(pairs: readonly Pair[], starts: Measured['starts'] = new Map()): Measured {
  return { hotAfter: 10, pairs, starts, tsxAlone: [], repeats: [] };
}

function figureNamed(figures: readonly Figure[], what: string): Figure {
  const found = figures.find((figure) => figure.what === what);
  assert.ok(found, `${what} among ${figures.map((figure) => figure.what).join('; ')}`);
  return found;
}

test('bench exercise: a figure is reached up to its bound, its aim up to the aim, and nothing is judged unmeasured', () => {
  assert.equal(judge(0.5, bounds), 'aim reached');
  assert.equal(judge(0.501, bounds), 'reached');
  assert.equal(judge(1.5, bounds), 'reached');
  assert.equal(judge(1.501, bounds), 'missed');
  assert.equal(judge(undefined, bounds), 'not measured');
  assert.equal(judge(Number.NaN, bounds), 'not measured');
});

test('bench exercise: without any measurement every figure is there, and none has a verdict', () => {
  const figures = figuresOf(measured([]), 'Node 20');
  assert.equal(figures.length, 17);
  assert.equal(new Set(figures.map(({ what }) => what)).size, figures.length);
  assert.deepEqual([...new Set(figures.map(({ verdict }) => verdict))], ['not measured']);
});

test('bench exercise: a ratio is taken round by round, and its median is judged', () => {
  const ours = pair('ours, grpc-js, Node 20', 'compiled', [run(1, 8), run(9, 4), run(2, 2)]);
  const python = pair('Python', 'python', [run(2, 4), run(9, 2), run(1, 1)]);
  const figures = figuresOf(measured([ours, python]), 'Node 20');
  const p50 = figureNamed(figures, 'our pair on grpc-js / the Python pair: p50');
  assert.deepEqual([p50.reached?.median, p50.verdict], [1, 'reached']);
  const p99 = figureNamed(figures, 'our pair on grpc-js / the Python pair: p99');
  assert.deepEqual([p99.reached?.median, p99.verdict], [2, 'reached']);
});

test('bench exercise: the best peer is the one with the lowest median, for p50 and for p99 alone', () => {
  const figures = figuresOf(
    measured([
      pair('ours, native, Node 20', 'python', [run(1, 6)]),
      pair('tonic', 'python', [run(1, 4)]),
      pair('gRPC C++', 'python', [run(2, 2)]),
      pair('tonic', 'compiled', [run(0.1, 0.1)]),
    ]),
    'Node 20',
  );
  const title = (peer: string) => `our native server / the best peer (${peer}), by the Python client`;
  assert.equal(figureNamed(figures, `${title('tonic')}: p50`).reached?.median, 1);
  assert.equal(figureNamed(figures, `${title('gRPC C++')}: p99`).reached?.median, 3);
});

test('bench exercise: cold is compared with hot where hot was measured, and a start in seconds', () => {
  const server = 'ours, native, Node 20';
  const pairs = [
    pair(server, 'compiled', [run(9, 9)]),
    pair(server, 'python', [run(2, 6)], [run(1, 4)]),
    pair('ours, native, Node 24', 'python', [run(2, 9)], [run(1, 1)]),
  ];
  const figures = figuresOf(measured(pairs, new Map([[server, [500, 700, 650]]])), 'Node 20');
  const ratio = figureNamed(figures, `${server}: cold / after 10 runs, by the Python client: p99`);
  assert.deepEqual([ratio.reached?.median, ratio.verdict], [1.5, 'reached']);
  const start = figureNamed(figures, 'node dist/server/main.js --transport native until listening, Node 20');
  assert.deepEqual([start.unit, start.reached?.median, start.verdict], ['s', 0.65, 'reached']);
});
