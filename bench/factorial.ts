/**
 * n! to bytes against GMP and CPython, one thread each, interleaved in one run.
 *
 *   npx tsx bench/factorial.ts [--out FILE] [--n 1000,10000] [--rounds 15]
 */
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createEngine } from '../server/factorial/engine.ts';
import { openGmp, openPython, type PeerFactorial } from './peers/factorials.ts';
import { percentile, publish, type Summary, summarize } from './report.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    n: { type: 'string', default: '1000,10000,100000,1000000,10000000' },
    rounds: { type: 'string', default: '15' },
  },
});
const rounds = Number(values.rounds);

/** Calls per round, so that a round takes some milliseconds where n is small. */
const callsFor = (n: number) => Math.max(1, Math.min(2000, Math.floor(4e6 / n)));
const roundsFor = (n: number) => (n >= 1e7 ? Math.max(3, Math.floor(rounds / 3)) : rounds);

interface PeerFigures {
  readonly peer: string;
  readonly factorialMs: Summary;
  /** Our time to the bytes / the peer's for the number alone, and for number and bytes. */
  readonly ratio: Summary;
  readonly ratioWithBytes: Summary;
}

interface Figures {
  readonly n: number;
  readonly oursMs: Summary;
  readonly peers: readonly PeerFigures[];
}

const engine = createEngine();
engine.warm();

/** The median of so many calls of ours, in nanoseconds. */
function timeOurs(n: number, calls: number): number {
  const samples: number[] = [];
  for (let i = 0; i < calls; i++) {
    const start = process.hrtime.bigint();
    engine.factorial(n);
    samples.push(Number(process.hrtime.bigint() - start));
  }
  return percentile(samples, 0.5);
}

async function checkAnswers(n: number, peers: readonly PeerFactorial[]): Promise<void> {
  const ours = createHash('sha256').update(engine.factorial(n)).digest('hex');
  for (const peer of peers) {
    if ((await peer.sha256(n)) !== ours) throw new Error(`${n}! differs from that of ${peer.name}`);
  }
}

async function measure(n: number, all: readonly PeerFactorial[]): Promise<Figures> {
  const peers = all.filter((peer) => n <= peer.nMax);
  await checkAnswers(n, peers);
  const calls = callsFor(n);
  const ours: number[] = [];
  const theirs = peers.map(() => ({
    number: [] as number[],
    ratio: [] as number[],
    withBytes: [] as number[],
  }));
  timeOurs(n, calls);
  for (let round = 0; round < roundsFor(n); round++) {
    const own = timeOurs(n, calls);
    ours.push(own / 1e6);
    for (const [index, peer] of peers.entries()) {
      const timed = await peer.time(n, calls);
      const number = percentile(
        timed.map((t) => t.factorialNs),
        0.5,
      );
      const bytes = percentile(
        timed.map((t) => t.bytesNs),
        0.5,
      );
      theirs[index]?.number.push(number / 1e6);
      theirs[index]?.ratio.push(own / number);
      theirs[index]?.withBytes.push(own / bytes);
    }
  }
  return {
    n,
    oursMs: summarize(ours),
    peers: peers.map((peer, index) => ({
      peer: peer.name,
      factorialMs: summarize(theirs[index]?.number ?? []),
      ratio: summarize(theirs[index]?.ratio ?? []),
      ratioWithBytes: summarize(theirs[index]?.withBytes ?? []),
    })),
  };
}

const opened = [await openGmp(), await openPython()];
const peers = opened.filter((peer) => typeof peer !== 'string');
const notes = opened.filter((peer) => typeof peer === 'string');
const figures: Figures[] = [];
try {
  for (const n of values.n.split(',').map(Number)) figures.push(await measure(n, peers));
} finally {
  for (const peer of peers) await peer.close();
}
if (engine.counters.fallbacks > 0) throw new Error('The engine fell back to BigInt');

const ms = (value: number) => value.toPrecision(3);
const spread = (s: Summary) => `${s.median.toFixed(3)} (${s.p10.toFixed(3)} to ${s.p90.toFixed(3)})`;
publish(
  {
    title: 'n! to big-endian bytes, one thread',
    method:
      `ours: from n to the bytes, engine warm; peers: the number alone, and with its export ` +
      `to bytes; up to ${rounds} rounds, interleaved, each the median of its calls; ratios per round, their median ` +
      `(10th to 90th percentile); milliseconds; answers compared by SHA-256 first`,
    versions: Object.fromEntries(peers.map((peer) => [peer.name, peer.version])),
    columns: ['n', 'ours, ms', 'peer', 'peer, ms', 'ours / number', 'ours / number and bytes'],
    rows: figures.flatMap(({ n, oursMs, peers: list }) =>
      list.map((p) => [
        String(n),
        ms(oursMs.median),
        p.peer,
        ms(p.factorialMs.median),
        spread(p.ratio),
        spread(p.ratioWithBytes),
      ]),
    ),
    figures,
    notes,
  },
  values.out,
);
