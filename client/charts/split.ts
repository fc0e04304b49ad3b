import { drawLegend } from './lines.ts';
import { escapeHtml, formatTime, short } from './markup.ts';

/** One bar, made of parts that follow one another. */
export interface SplitRow {
  readonly name: string;
  readonly parts: readonly { readonly name: string; readonly colour: number; readonly ms: number }[];
}

const width = 400;
const rowHeight = 44;
const barHeight = 20;

/** Where the time goes: one bar for each row, all to one scale. */
export function drawSplit(rows: readonly SplitRow[]): string {
  const wholes = rows.map(({ parts }) => parts.reduce((sum, { ms }) => sum + ms, 0));
  const most = Math.max(...wholes, Number.MIN_VALUE);
  const bars = rows.map(({ name, parts }, row) => {
    const top = row * rowHeight;
    let left = 0;
    const pieces = parts.map((part) => {
      const wide = (part.ms / most) * width;
      const title = escapeHtml(`${part.name}: ${formatTime(part.ms)}`);
      const piece = `<rect style="fill:var(--c${part.colour})" x="${short(left)}" y="${top + 18}" width="${short(wide)}" height="${barHeight}"><title>${title}</title></rect>`;
      left += wide;
      return piece;
    });
    const label = escapeHtml(`${name}: ${formatTime(wholes[row] ?? 0)}`);
    return `<text x="0" y="${top + 13}">${label}</text>${pieces.join('')}`;
  });
  const names = new Map(rows.flatMap(({ parts }) => parts.map((part) => [part.name, part])));
  const height = rows.length * rowHeight;
  return `${drawLegend([...names.values()])}<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Where the time goes, on average">${bars.join('')}</svg>`;
}
