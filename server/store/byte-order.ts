/**
 * Compares two well-formed strings by the bytes of their UTF-8, which is the order of code points. JavaScript's
 * `<` compares UTF-16 units, and puts every character above U+FFFF before those from U+E000 to U+FFFF.
 */
export function compareBytes(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

const firstSurrogate = 0xd800;
const afterSurrogates = 0xe000;
const surrogates = afterSurrogates - firstSurrogate;

/** Where a unit stands in byte order: surrogates, being halves of the highest characters, behind all others. */
function rank(unit: number): number {
  if (unit < firstSurrogate) return unit;
  return unit < afterSurrogates ? unit + 0x1_0000 : unit - surrogates;
}
