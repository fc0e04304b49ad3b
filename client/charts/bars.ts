import { type Axis, drawFrame } from './frame.ts';
import { escapeHtml, formatCount, formatTime, short } from './markup.ts';
import { linearScale, logScale } from './scale.ts';

type Range = readonly [fromMs: number, toMs: number, count: number];

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
