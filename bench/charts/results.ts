/** The committed results, as the pictures need them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

function read(file: string): string {
  return readFileSync(fileURLToPath(new URL(`../results/${file}`, import.meta.url)), 'utf8');
}

/** The figures in a file of results. */
export function figuresIn<Figures>(file: string): Figures {
  const { figures }: { readonly figures: Figures } = JSON.parse(read(file));
  return figures;
}

/** The cells of the Markdown table in a file of results, without its header. */
export function rowsIn(file: string): readonly (readonly string[])[] {
  const lines = read(file).split('\n');
  const rows = lines.filter((line) => line.startsWith('|')).map((line) => line.split('|').slice(1, -1));
  return rows.slice(2).map((cells) => cells.map((cell) => cell.trim()));
}
