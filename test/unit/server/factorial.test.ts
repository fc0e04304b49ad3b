import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { factorialBigInt } from '../../../server/factorial/bigint.ts';
import { bigIntToBytes, bytesToBigInt } from '../../../server/factorial/bytes.ts';
import { createEngine, memoryEstimate } from '../../../server/factorial/engine.ts';
import { exponentInFactorial, primesUpTo } from '../../../server/factorial/primes.ts';
import { FACTORIAL_N_MAX, factorialBits } from '../../../server/factorial/size.ts';
import { noWasm, wasmWithWrongRoot } from '../../support/faulty-engine.ts';

const SCALE = Number(process.env['NUMSTORE_TEST_SCALE'] ?? 1);
/** SHA-256 of the big-endian bytes of n!, computed with GMP 6.2.1 and CPython. */
const SHA256_OF_1E6 = '27338295bc29979c7731a04fd0f6f4e0be2b1094a5b24c304b0ee82b8400d916';
const SHA256_OF_1E7 = '005d828337379756a6e79a26dae9ada9cdb4e6e8ea82fce3a7a005f91a737a29';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

class Stopped extends Error {}

/** A poll that throws when it is called for the given time. */
function stopAt(call: number): () => void {
  let calls = 0;
  return () => {
    if (++calls === call) throw new Stopped();
  };
}

test('primes: the sieve agrees with trial division', () => {
  const isPrime = (n: number) => {
    for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
    return n >= 2;
  };
  for (let n = 0; n <= 400; n++) {
    const expected = Array.from({ length: n + 1 }, (_, i) => i).filter(isPrime);
    assert.deepEqual([...primesUpTo(n)], expected);
  }
  assert.equal(primesUpTo(1_000_000).length, 78_498);
});

test('primes: Legendre counts the zeros at the end of 1000!', () => {
  assert.equal(exponentInFactorial(1000, 5), 249);
  assert.equal(exponentInFactorial(1000, 2), 994);
});

test('reference: every n <= 500 equals the product of 1 to n', () => {
  let product = 1n;
  for (let n = 0; n <= 500; n++) {
    if (n > 0) product *= BigInt(n);
    assert.equal(factorialBigInt(n), product);
  }
});

test('size: the bound is never below the length of n!, and at most 2 bits above', () => {
  let product = 1n;
  for (let n = 0; n <= 2000; n++) {
    if (n > 0) product *= BigInt(n);
    const bits = product.toString(2).length;
    assert.ok(factorialBits(n) >= bits && factorialBits(n) <= bits + 2, `n = ${n}`);
  }
});

test('size: the factorial of the limit fits into 2^30 bits, that of the limit plus 2 does not', () => {
  assert.ok(factorialBits(FACTORIAL_N_MAX) <= 2 ** 30);
  assert.ok(factorialBits(FACTORIAL_N_MAX + 2) > 2 ** 30);
});

test('engine: 0! and 1! are one byte, 20! is eight', () => {
  const engine = createEngine();
  assert.deepEqual([...engine.factorial(0)], [1]);
  assert.deepEqual([...engine.factorial(1)], [1]);
  assert.equal(Buffer.from(engine.factorial(20)).toString('hex'), '21c3677c82b40000');
});

test('engine: every n <= 3000 equals the reference', () => {
  const engine = createEngine();
  let product = 1n;
  for (let n = 0; n <= 3000; n++) {
    if (n > 0) product *= BigInt(n);
    const bytes = engine.factorial(n);
    assert.equal(Buffer.compare(bytes, bigIntToBytes(product)), 0, `n = ${n}`);
    assert.ok(bytes.buffer.byteLength === bytes.length);
  }
  assert.equal(engine.counters.fallbacks, 0);
});

test('engine: 1000000! has the bytes that GMP computes', () => {
  const engine = createEngine();
  assert.equal(sha256(engine.factorial(1_000_000)), SHA256_OF_1E6);
  assert.equal(engine.counters.fallbacks, 0);
});

test('engine: 10000000! has the bytes that GMP computes', { skip: SCALE < 10 && 'long' }, () => {
  const engine = createEngine();
  assert.equal(sha256(engine.factorial(10_000_000)), SHA256_OF_1E7);
  assert.equal(engine.counters.fallbacks, 0);
  assert.equal(engine.counters.drops, 1);
});

test('engine: what is no n is refused', () => {
  const engine = createEngine();
  for (const n of [-1, 1.5, Number.NaN, FACTORIAL_N_MAX + 1]) {
    assert.throws(() => engine.factorial(n), RangeError);
    assert.throws(() => factorialBigInt(n), RangeError);
    assert.throws(() => memoryEstimate(n), RangeError);
  }
});

test('engine: a wrong product is caught, answered through BigInt and counted', () => {
  const engine = createEngine({ wasm: wasmWithWrongRoot() });
  for (const n of [5000, 20_000]) {
    const before = engine.counters.fallbacks;
    assert.equal(bytesToBigInt(engine.factorial(n)), factorialBigInt(n));
    assert.equal(engine.counters.fallbacks, before + 1);
  }
  const a = new Uint8Array(1000).fill(0xa5);
  assert.equal(bytesToBigInt(engine.multiply(a, a)), bytesToBigInt(a) ** 2n);
  assert.equal(engine.counters.fallbacks, 3);
});

test('engine: code that does not compile is answered through BigInt and counted', () => {
  const engine = createEngine({ wasm: noWasm() });
  assert.equal(bytesToBigInt(engine.factorial(1234)), factorialBigInt(1234));
  assert.equal(engine.counters.fallbacks, 1);
});

test('engine: the fallback can be stopped too', () => {
  const engine = createEngine({ wasm: noWasm() });
  assert.throws(() => engine.factorial(5000, { poll: stopAt(3) }), Stopped);
});

test('engine: multiplying on from m! gives n!', () => {
  const engine = createEngine();
  for (const [m, n] of [
    [1000, 1001],
    [1990, 2001],
    [9900, 10_000],
    [90_000, 100_000],
    [1, 2000],
    [2000, 2000],
    [2100, 2000],
  ] as const) {
    const from = { n: m, bytes: engine.factorial(m) };
    assert.equal(Buffer.compare(engine.factorial(n, { from }), engine.factorial(n)), 0, `${m} to ${n}`);
  }
  assert.equal(engine.counters.fallbacks, 0);
});

test('engine: reuse is what multiplies on, not a second computation', () => {
  const engine = createEngine();
  const doubled = bigIntToBytes(2n * factorialBigInt(3000));
  const answer = engine.factorial(3001, { from: { n: 3000, bytes: doubled } });
  assert.equal(bytesToBigInt(answer), 2n * factorialBigInt(3001));
});

test('engine: a poll that throws, at whatever call, is thrown on and leaves the engine usable', () => {
  const engine = createEngine();
  const expected = engine.factorial(400_000);
  for (let call = 1; call <= 12; call++) {
    assert.throws(() => engine.factorial(400_000, { poll: stopAt(call) }), Stopped);
  }
  assert.equal(Buffer.compare(engine.factorial(400_000), expected), 0);
  assert.equal(engine.counters.fallbacks, 0);
});

test('engine: the flag is looked at within large passes, not only between them', () => {
  const engine = createEngine();
  const polls = (n: number) => {
    let calls = 0;
    engine.factorial(n, { poll: () => void calls++ });
    return calls;
  };
  // A millisecond or less per look here, where 1e6 takes some 30 ms.
  assert.ok(polls(1_000_000) >= 40);
  assert.ok(polls(2_000_000) >= 80);
});

test('engine: a stopped call does not leave its poll behind', () => {
  const engine = createEngine();
  assert.throws(() => engine.factorial(300_000, { poll: stopAt(1) }), Stopped);
  engine.factorial(300_000);
});

test('engine: memory beyond what may be kept is dropped after the call', () => {
  const engine = createEngine({ memoryKeptBytes: 2 ** 20 });
  engine.factorial(5000);
  assert.ok(engine.memoryBytes > 0 && engine.counters.drops === 0);
  const large = engine.factorial(200_000);
  assert.equal(engine.memoryBytes, 0);
  assert.equal(engine.counters.drops, 1);
  assert.equal(bytesToBigInt(large), factorialBigInt(200_000));
});

test('engine: the estimate of memory is not exceeded', () => {
  for (const n of [1001, 3000, 10_000, 50_000, 123_456, 300_000, 700_000, 1_000_000]) {
    const engine = createEngine({ memoryKeptBytes: 2 ** 32 });
    engine.factorial(n);
    assert.ok(
      engine.memoryBytes <= memoryEstimate(n),
      `n = ${n}: ${engine.memoryBytes} > ${memoryEstimate(n)}`,
    );
  }
});

test('engine: after close the next call makes a new instance', () => {
  const engine = createEngine();
  engine.warm();
  engine.close();
  engine.close();
  assert.equal(engine.memoryBytes, 0);
  assert.equal(bytesToBigInt(engine.factorial(1500)), factorialBigInt(1500));
});
