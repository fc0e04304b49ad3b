/** No figure of a server that answers wrongly. */
import { createEngine } from '../../server/factorial/engine.ts';
import { bigFactorial, fact, setNum } from './calls.ts';
import { openGrpc } from './grpc.ts';
import type { BenchServer } from './servers.ts';

/** Checks a fresh server: totals, small factorials, hits, a missing key, the size of n!; leaves the total at 0. */
export async function checkAnswers({ name, port, bigCall }: BenchServer, n: number): Promise<void> {
  const grpc = openGrpc(port);
  const expect = (what: string, actual: unknown, expected: unknown): void => {
    if (actual === expected) return;
    throw new Error(`${name}: ${what} is ${String(actual)}, expected ${String(expected)}`);
  };
  try {
    expect('the total after A=1', await setNum(grpc, 'A', 1n), 1n);
    expect('the total after B=20', await setNum(grpc, 'B', 20n), 21n);
    expect('the total after A=5', await setNum(grpc, 'A', 5n), 25n);
    expect('5!', (await fact(grpc, 'A')).value, 120n);
    const first = await fact(grpc, 'B');
    expect('20!', first.value, 2_432_902_008_176_640_000n);
    expect('the first hit', first.hit, false);
    expect('the second hit', (await fact(grpc, 'B')).hit, true);
    expect('that a missing key is told', (await fact(grpc, 'none')).error !== '', true);
    expect('the total after B=-5', await setNum(grpc, 'B', -5n), 0n);
    await setNum(grpc, 'C', BigInt(n));
    const big = await bigFactorial(grpc, bigCall, 'C');
    expect(`the length of ${n}!`, big.bytes, createEngine().factorial(n).length);
    expect(`the hit of ${n}!`, big.hit, false);
    expect('the total after C=0', await setNum(grpc, 'C', 0n), 0n);
  } finally {
    grpc.close();
  }
}
