import { escapeHtml, short } from './markup.ts';
import type { Scale } from './scale.ts';

/** Small enough that its letters can be read on a phone, where it is as wide as the screen. */
const size = { width: 400, height: 230 } as const;
const inset = { left: 56, right: 10, top: 8, bottom: 34 } as const;
const plot = {
  width: size.width - inset.left - inset.right,
  height: size.height - inset.top - inset.bottom,
} as const;

/** About as wide as a letter is. */
const letterWidth = 7;
/** Between two labels of an axis. */
const labelGap = 4;

/** How much of a label lies before the place that it names. */
const shareBefore = { start: 0, middle: 0.5, end: 1 } as const;

/** What an axis measures. */
export interface Axis {
  readonly scale: Scale;
  readonly label: string;
}

/** Where a chart's contents go. */
export interface Frame {
  x(value: number): string;
  y(value: number): string;
  /** the y of the x-axis */
  readonly floor: string;
}

/** A drawing with axes and grid; `draw` makes its contents. `summary` is what it says to who cannot see it. */
export function drawFrame(x: Axis, y: Axis, summary: string, draw: (frame: Frame) => string): string {
  const atX = (share: number): string => short(inset.left + share * plot.width);
  const atY = (share: number): string => short(inset.top + (1 - share) * plot.height);
  const floor = atY(0);
  let labelsEnd = 0;
  const columns = x.scale.ticks.map(({ at, label }) => {
    const anchor = at < 0.04 ? 'start' : at > 0.93 ? 'end' : 'middle';
    const width = label.length * letterWidth;
    const start = inset.left + at * plot.width - width * shareBefore[anchor];
    const isFree = start >= labelsEnd; // a label that would lie upon the one before is left out
    if (isFree) labelsEnd = start + width + labelGap;
    const text = `<text x="${atX(at)}" y="${short(size.height - inset.bottom + 14)}" text-anchor="${anchor}">${escapeHtml(label)}</text>`;
    return `<path class="grid" d="M${atX(at)} ${atY(1)}V${floor}"/>${isFree ? text : ''}`;
  });
  const rows = y.scale.ticks.map(({ at, label }) => {
    const text = `<text x="${inset.left - 5}" y="${short(Number(atY(at)) + 4)}" text-anchor="end">${escapeHtml(label)}</text>`;
    return `<path class="grid" d="M${inset.left} ${atY(at)}H${atX(1)}"/>${text}`;
  });
  const caption = `<text x="${atX(0.5)}" y="${size.height - 3}" text-anchor="middle">${escapeHtml(x.label)}</text>`;
  const contents = draw({
    x: (value) => atX(x.scale.place(value)),
    y: (value) => atY(y.scale.place(value)),
    floor,
  });
  const label = escapeHtml(`${summary}; across: ${x.label}; up: ${y.label}`);
  return `<svg class="frame" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${label}">${columns.join('')}${rows.join('')}${caption}${contents}</svg>`;
}
