/** The primes and their exponents in n!. */

/** The primes up to n in ascending order: the sieve of Eratosthenes over the odd numbers. */
export function primesUpTo(n: number): Uint32Array {
  if (n < 2) return new Uint32Array(0);
  const composite = new Uint8Array((n + 1) >> 1);
  for (let i = 1; 2 * i * (i + 1) < composite.length; i++) {
    if (composite[i] === 1) continue;
    for (let j = 2 * i * (i + 1); j < composite.length; j += 2 * i + 1) composite[j] = 1;
  }
  let count = 0;
  for (const mark of composite) if (mark === 0) count++;
  const primes = new Uint32Array(count);
  // Index 0 stands for 1, whose place the prime 2 takes.
  primes[0] = 2;
  for (let i = 1, next = 1; i < composite.length; i++) if (composite[i] === 0) primes[next++] = 2 * i + 1;
  return primes;
}

/** The exponent of the prime p in n!: the sum of floor(n / p^i) (Legendre 1830). */
export function exponentInFactorial(n: number, p: number): number {
  let exponent = 0;
  for (let quotient = Math.floor(n / p); quotient > 0; quotient = Math.floor(quotient / p)) {
    exponent += quotient;
  }
  return exponent;
}
