/** n! from a known (n - 10)! against n! from scratch. */
import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { openPool } from '../../server/pool/pool.ts';
import type { Base } from '../../server/pool/protocol.ts';

/** Milliseconds from the request to the result, one pair per round. */
export interface Extension {
  readonly scratchMs: number;
  readonly extendedMs: number;
}

export async function measureExtension(n: number, rounds: number, nice: number): Promise<Extension[]> {
  const pool = await openPool({ queueLimit: 8, nice });
  const time = async (base?: Base): Promise<{ ms: number; sha256: Uint8Array }> => {
    const startedAt = performance.now();
    const { bytes, sha256 } = await pool.run({ n, base }, new AbortController().signal);
    const ms = performance.now() - startedAt;
    if (!createHash('sha256').update(bytes).digest().equals(sha256)) throw new Error('The hash is wrong');
    return { ms, sha256 };
  };
  try {
    const base = { n: n - 10, bytes: (await pool.run({ n: n - 10 }, new AbortController().signal)).bytes };
    const expected = Buffer.from((await time()).sha256);
    const samples: Extension[] = [];
    for (let round = 0; round < rounds; round++) {
      const scratch = await time();
      const extended = await time(base);
      if (!expected.equals(extended.sha256)) throw new Error(`${n}! differs when it comes from ${base.n}!`);
      samples.push({ scratchMs: scratch.ms, extendedMs: extended.ms });
    }
    return samples;
  } finally {
    await pool.close();
  }
}
