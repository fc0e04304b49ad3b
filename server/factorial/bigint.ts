/**
 * n! as a balanced product tree: multiplying numbers of like size lets BigInt use its fast multiplications, where
 * a loop from 1 to n would always multiply a large number by a tiny one.
 *
 * @param n a non-negative safe integer
 */
export function factorial(n: number): bigint {
  return n < 2 ? 1n : product(2, n);
}

/** The product of the integers from `low` to `high`, both included. */
function product(low: number, high: number): bigint {
  if (low === high) return BigInt(low);
  const middle = Math.floor((low + high) / 2);
  return product(low, middle) * product(middle + 1, high);
}
