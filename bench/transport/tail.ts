import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './load.ts';

/** SetNum's p99 beside four large factorials, of our native server against the best setting of the best peer. */

export interface TailRatio {
  readonly peer: string;
  readonly oursMs: number;
  readonly peerMs: number;
  /** The median over the rounds. */
  readonly ratio: number;
}

/** The part of what bench/tail.ts writes that is looked at. */
interface TailFigures {
  readonly server: string;
  readonly rounds: readonly { readonly loaded: { readonly p99: number } }[];
}

const script = fileURLToPath(new URL('../tail.ts', import.meta.url));
const oursName = 'ours, native';

/** Runs bench/tail.ts; undefined without a peer. */
export function compareTails(rounds: number): TailRatio | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'bench-tail-'));
  try {
    const flags = ['--transports', 'native', '--rounds', String(rounds), '--seconds', '4'];
    execFileSync(
      process.execPath,
      ['--import', 'tsx', script, ...flags, '--out', join(folder, 'tail.json')],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const told: { figures: readonly TailFigures[] } = JSON.parse(
      readFileSync(join(folder, 'tail.json'), 'utf8'),
    );
    return ratioOf(told.figures);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function ratioOf(all: readonly TailFigures[]): TailRatio | undefined {
  const p99s = ({ rounds }: TailFigures): number[] => rounds.map(({ loaded }) => loaded.p99);
  const ours = all.find(({ server }) => server === oursName);
  const [best] = all
    .filter(({ server }) => server !== oursName)
    .toSorted((a, b) => median(p99s(a)) - median(p99s(b)));
  if (ours === undefined || best === undefined) return undefined;
  const theirs = p99s(best);
  return {
    peer: best.server,
    oursMs: median(p99s(ours)),
    peerMs: median(theirs),
    ratio: median(p99s(ours).map((ms, round) => ms / (theirs[round] ?? Number.NaN))),
  };
}
