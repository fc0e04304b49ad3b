import { type Axis, drawFrame } from './frame.ts';
import { drawLegend } from './lines.ts';
import { escapeHtml, formatCount, formatTime, short } from './markup.ts';
import { linearScale, logScale } from './scale.ts';

/** How many durations lie from `fromMs`, inclusive, to `toMs`, exclusive. */
export type Range = readonly [fromMs: number, toMs: number, count: number];

/** Bars per power of ten. */
const barsPerDecade = 12;
const leastMs = 1e-4;

/** How many durations lie in each range: a histogram over a logarithmic axis. */
export function drawDurations(
  name: string,
  colour: number,
  ranges: readonly Range[],
  span: readonly [number, number],
): string {
  const bars = gather(ranges);
  const most = Math.max(1, ...bars.values());
  const x: Axis = { scale: logScale(...span, formatTime), label: 'response time' };
  const y: Axis = { scale: linearScale(most, formatCount, 4), label: 'replies' };
  return drawFrame(x, y, `${name}: replies by response time`, (frame) =>
    [...bars]
      .map(([bar, count]) => {
        const [from, to] = [edge(bar), edge(bar + 1)];
        const [left, right] = [Number(frame.x(from)), Number(frame.x(to))];
        const top = Number(frame.y(count));
        const title = `${formatTime(from)} to ${formatTime(to)}: ${count} replies`;
        return `<rect style="fill:var(--c${colour})" x="${short(left)}" y="${short(top)}" width="${short(Math.max(right - left - 0.6, 1))}" height="${short(Number(frame.floor) - top)}"><title>${escapeHtml(title)}</title></rect>`;
      })
      .join(''),
  );
}

function edge(bar: number): number {
  return leastMs * 10 ** (bar / barsPerDecade);
}

/** The ranges of the histogram are finer than bars: each goes where its middle lies. */
function gather(ranges: readonly Range[]): ReadonlyMap<number, number> {
  const bars = new Map<number, number>();
  for (const [from, to, count] of ranges) {
    const middle = Math.max((from + to) / 2, leastMs);
    const bar = Math.floor(Math.log10(middle / leastMs) * barsPerDecade);
    bars.set(bar, (bars.get(bar) ?? 0) + count);
  }
  return bars;
}

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
