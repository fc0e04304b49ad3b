import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { factorialBigInt } from '../../server/factorial/bigint.ts';
import { bigIntToBytes, bytesToBigInt } from '../../server/factorial/bytes.ts';
import { createEngine } from '../../server/factorial/engine.ts';

const SCALE = Number(process.env['NUMSTORE_TEST_SCALE'] ?? 1);

/** Lengths in bytes: around every change of method, digit size and shape of the transform that is quick to reach. */
const LENGTHS = [1, 4, 5, 60, 188, 192, 196, 256, 400, 1000, 2000, 4000, 8000, 30_000, 70_000, 160_000];

/** Bytes of a number: random, all ones, all zeros but one, or one byte repeated; never zero as a number. */
const operand = fc
  .tuple(
    fc.constantFrom(...LENGTHS),
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom('random', 'ones', 'power', 'repeated'),
    fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  )
  .map(([length, shift, kind, seed]) => makeBytes(Math.max(1, length + shift), kind, seed));

function makeBytes(length: number, kind: string, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (kind === 'ones') return bytes.fill(0xff);
  if (kind === 'repeated') return bytes.fill((seed % 255) + 1);
  bytes[0] = 1 + (seed % 255);
  if (kind === 'power') return bytes;
  let state = seed;
  for (let i = 1; i < length; i++) {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state & 0xff;
  }
  return bytes;
}

test('engine: any product equals that of BigInt', () => {
  const engine = createEngine();
  fc.assert(
    fc.property(operand, operand, (a, b) => {
      const expected = bigIntToBytes(bytesToBigInt(a) * bytesToBigInt(b));
      assert.equal(Buffer.compare(engine.multiply(a, b), expected), 0);
    }),
    { numRuns: 300 * SCALE },
  );
});

test('engine: any square equals that of BigInt', () => {
  const engine = createEngine();
  fc.assert(
    fc.property(operand, (a) => {
      const expected = bigIntToBytes(bytesToBigInt(a) ** 2n);
      assert.equal(Buffer.compare(engine.multiply(a, a), expected), 0);
    }),
    { numRuns: 300 * SCALE },
  );
});

test('engine: products of random numbers never need the fallback', () => {
  const engine = createEngine();
  const random = fc
    .tuple(fc.integer({ min: 190, max: 200_000 }), fc.integer({ min: 1, max: 2 ** 31 - 1 }))
    .map(([length, seed]) => makeBytes(length, 'random', seed));
  fc.assert(
    fc.property(random, random, (a, b) => {
      engine.multiply(a, b);
      assert.equal(engine.counters.fallbacks, 0);
    }),
    { numRuns: 100 * SCALE },
  );
});

test('engine: products of all ones are right at every length across the switch-overs', () => {
  const engine = createEngine();
  for (let length = 150; length <= 2600; length += 3) {
    const ones = new Uint8Array(length).fill(0xff);
    const value = bytesToBigInt(ones);
    assert.equal(bytesToBigInt(engine.multiply(ones, ones)), value * value, `${length} bytes`);
    const shorter = ones.subarray(0, Math.max(190, length >> 1));
    const expected = value * bytesToBigInt(shorter);
    assert.equal(bytesToBigInt(engine.multiply(ones, shorter)), expected, `${length} bytes, unbalanced`);
  }
  assert.equal(engine.counters.fallbacks, 0);
});

test('engine: a product with zero is zero', () => {
  const engine = createEngine();
  assert.deepEqual([...engine.multiply(new Uint8Array(3), new Uint8Array([7]))], [0]);
});

test('engine: random n <= 300000 equal the reference', () => {
  const engine = createEngine();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300_000 }), (n) => {
      assert.equal(Buffer.compare(engine.factorial(n), bigIntToBytes(factorialBigInt(n))), 0);
    }),
    { numRuns: 20 * SCALE },
  );
  assert.equal(engine.counters.fallbacks, 0);
});

test('engine: multiplying on from any m! gives n!', () => {
  const engine = createEngine();
  fc.assert(
    fc.property(
      fc.integer({ min: 1001, max: 20_000 }),
      fc.double({ min: 0.8, max: 1, noNaN: true }),
      (n, share) => {
        const m = Math.floor(n * share);
        const answer = engine.factorial(n, { from: { n: m, bytes: engine.factorial(m) } });
        assert.equal(Buffer.compare(answer, engine.factorial(n)), 0);
      },
    ),
    { numRuns: 100 * SCALE },
  );
  assert.equal(engine.counters.fallbacks, 0);
});

test('bytes: any number survives the way to bytes and back, and the bytes are minimal', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 1n << 4000n }),
      fc.integer({ min: 0, max: 70_000 }),
      (value, shift) => {
        const number = value << BigInt(shift);
        const bytes = bigIntToBytes(number);
        const hex = number.toString(16);
        assert.equal(Buffer.from(bytes).toString('hex'), hex.length % 2 === 0 ? hex : `0${hex}`);
        assert.equal(bytesToBigInt(bytes), number);
        assert.equal(bytesToBigInt(Uint8Array.of(0, 0, ...bytes.subarray(0, 9000))) >= 0n, true);
      },
    ),
    { numRuns: 200 * SCALE },
  );
});

test('bytes: leading zeros are read over, nothing and negative numbers are refused', () => {
  assert.equal(bytesToBigInt(Uint8Array.of(0, 0, 1, 0)), 256n);
  assert.equal(bytesToBigInt(new Uint8Array(1000)), 0n);
  assert.throws(() => bytesToBigInt(new Uint8Array(0)), RangeError);
  assert.throws(() => bigIntToBytes(-1n), RangeError);
});
