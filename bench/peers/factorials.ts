/** The factorials of others: GMP's mpz_fac_ui and CPython's math.factorial, each in a process of its own. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LineProcess, openLineProcess } from './line-process.ts';

/** Nanoseconds of one round: the number, and from the number to its big-endian bytes. */
interface PeerRound {
  readonly factorialNs: number;
  readonly bytesNs: number;
}

export interface PeerFactorial {
  readonly name: string;
  readonly version: string;
  /** The largest n for which it is patient work. */
  readonly nMax: number;
  sha256(n: number): Promise<string>;
  time(n: number, rounds: number): Promise<readonly PeerRound[]>;
  close(): Promise<void>;
}

const directory = mkdtempSync(join(tmpdir(), 'numstore-bench-'));

/** Builds and starts the C program over GMP, or says why not. */
export async function openGmp(): Promise<PeerFactorial | string> {
  const binary = join(directory, 'gmp-fac');
  const source = fileURLToPath(new URL('./gmp/gmp-fac.c', import.meta.url));
  try {
    execFileSync('gcc', ['-O2', '-o', binary, source, '-lgmp'], { stdio: 'ignore' });
  } catch {
    return 'GMP left out: needs the packages gcc and libgmp-dev';
  }
  return openPeer('GMP mpz_fac_ui', openLineProcess(binary, []), 44_787_926);
}

/** Starts CPython, or says why not. */
export async function openPython(): Promise<PeerFactorial | string> {
  const script = fileURLToPath(new URL('./python/fac.py', import.meta.url));
  try {
    return await openPeer('CPython math.factorial', openLineProcess('python3', [script]), 100_000);
  } catch {
    return 'CPython left out: needs the package python3';
  }
}

async function openPeer(name: string, process: LineProcess, nMax: number): Promise<PeerFactorial> {
  const version = await process.next();
  return {
    name,
    version,
    nMax,
    sha256: async (n) => {
      const file = join(directory, 'bytes');
      await process.ask(`write ${n} ${file}`);
      return createHash('sha256').update(readFileSync(file)).digest('hex');
    },
    time: async (n, rounds) => parseRounds(await process.ask(`time ${n} ${rounds}`)),
    close: () => process.close(),
  };
}

/** "factorial export factorial export ..." in nanoseconds. */
function parseRounds(line: string): readonly PeerRound[] {
  const figures = line.trim().split(' ').map(Number);
  const rounds: PeerRound[] = [];
  for (let i = 0; i + 1 < figures.length; i += 2) {
    const factorialNs = figures[i] ?? Number.NaN;
    rounds.push({ factorialNs, bytesNs: factorialNs + (figures[i + 1] ?? Number.NaN) });
  }
  return rounds;
}
