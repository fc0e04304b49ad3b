import { readFileSync } from 'node:fs';

const isSource = import.meta.url.endsWith('.ts');

/** How this program is called: installed, or from the sources of a clone. */
export const programName = isSource ? 'npx tsx client/main.ts' : 'numstore';

/** The version in package.json, which lies two folders up from the sources and three from the compiled code. */
export function readVersion(): string {
  const file = new URL(isSource ? '../../package.json' : '../../../package.json', import.meta.url);
  const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const isNamed = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isNamed ? String(manifest.version) : 'unknown';
}

/** How many letters of a misspelt word may be wrong, missing or too many: less than half of them. */
const typosMax = 2;

/** The known word that is meant by a misspelt one; undefined: none is near. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const [nearest] = known
    .map((each) => ({ each, distance: distanceOf(word, each) }))
    .filter(({ each, distance }) => distance <= typosMax && 2 * distance < each.length)
    .toSorted((a, b) => a.distance - b.distance);
  return nearest?.each;
}

/** The edit distance of Levenshtein. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1];
    for (let at = 1; at <= b.length; at++) {
      const [left = 0, above = 0, corner = 0] = [next[at - 1], row[at], row[at - 1]];
      next.push(Math.min(left + 1, above + 1, corner + (b[at - 1] === letter ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
