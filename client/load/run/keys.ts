/** One of the possible keys: `key-0`, `key-1`, ... No thread holds a list of them: there may be a million. */
export function keyName(number: number): string {
  return `key-${number}`;
}

/** The list of possible keys. */
export function createKeys(count: number): readonly string[] {
  return Array.from({ length: count }, (_, number) => keyName(number));
}
