import { NumStoreService } from '../../generated/numstore.ts';
import { openGrpcClient } from '../../transport/index.ts';

/** Far more than any of these calls takes: a server that does not answer is found out. */
const timeoutMs = 10_000;

/** Checks a fresh server by the calls of the exercise's own test, a hit and a missing key. @throws Error for the first wrong answer */
export async function checkKnownAnswers(name: string, port: number): Promise<void> {
  await using client = await openGrpcClient({ host: '127.0.0.1', port });
  const expect = (what: string, actual: unknown, expected: unknown): void => {
    if (actual !== expected) throw new Error(`${name}: expected ${what} to be ${expected}, got ${actual}`);
  };
  const setNum = async (key: string, value: bigint, total: bigint): Promise<void> => {
    const response = await client.unary(NumStoreService.setNum, { key, value }, { timeoutMs });
    expect(`the total after ${key}=${value}`, response.total, total);
  };
  const fact = (key: string) => client.unary(NumStoreService.fact, { key }, { timeoutMs });
  await setNum('A', 1n, 1n);
  await setNum('B', 10n, 11n);
  await setNum('A', 5n, 15n);
  await setNum('B', 0n, 5n);
  const [miss, hit, missing] = [await fact('A'), await fact('A'), await fact('none')];
  expect('the factorial of A', miss.value, 120n);
  expect('the first hit', miss.hit, false);
  expect('the factorial of A, cached', hit.value, 120n);
  expect('the second hit', hit.hit, true);
  expect('whether a missing key is an error', missing.error !== '', true);
}
