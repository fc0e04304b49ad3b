/**
 * 0! .. 20!, all that fit an int64, by the client's own multiplication: who judges shares no code with the judged.
 */
const factorials: ReadonlySet<bigint> = listFactorials(20n);

function listFactorials(nMax: bigint): ReadonlySet<bigint> {
  const found = new Set([1n]);
  let product = 1n;
  for (let n = 1n; n <= nMax; n++) {
    product *= n;
    found.add(product);
  }
  return found;
}

/**
 * Whether `value` can be the answer of a Fact at all. Which n it was cannot be known here: other threads, and other
 * clients of the same server, write the same keys, values above the workload's 15 included.
 */
export function isFactorial(value: bigint): boolean {
  return factorials.has(value);
}
