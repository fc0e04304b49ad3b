import { type Axis, drawFrame, type Frame } from './frame.ts';
import { escapeHtml } from './markup.ts';

/** One line of a chart. A y of null is a gap. */
export interface Series {
  readonly name: string;
  /** which of the colours of the page, 1 .. 7 */
  readonly colour: number;
  readonly points: readonly (readonly [x: number, y: number | null])[];
  /** where its points are told as the pointer rests on them */
  readonly tell?: (x: number, y: number) => string;
}

/** A chart of lines, with a legend above where there are several. */
export function drawLines(x: Axis, y: Axis, series: readonly Series[]): string {
  const summary = series.map(({ name }) => name).join(', ');
  const drawing = drawFrame(x, y, summary, (frame) => series.map((line) => drawLine(line, frame)).join(''));
  return `${drawLegend(series)}${drawing}`;
}

/** The names of colours, as a line of text. */
export function drawLegend(entries: readonly { readonly name: string; readonly colour: number }[]): string {
  if (entries.length < 2) return '';
  const items = entries.map(
    ({ name, colour }) => `<span><i style="background:var(--c${colour})"></i>${escapeHtml(name)}</span>`,
  );
  return `<p class="legend">${items.join(' ')}</p>`;
}

function drawLine({ points, colour, tell }: Series, frame: Frame): string {
  let path = '';
  let isGap = true;
  const dots: string[] = [];
  for (const [x, y] of points) {
    if (y === null) {
      isGap = true;
      continue;
    }
    path += `${isGap ? 'M' : 'L'}${frame.x(x)} ${frame.y(y)}`;
    isGap = false;
    if (tell !== undefined) {
      dots.push(
        `<circle cx="${frame.x(x)}" cy="${frame.y(y)}" r="4"><title>${escapeHtml(tell(x, y))}</title></circle>`,
      );
    }
  }
  return `<path class="line" style="stroke:var(--c${colour})" d="${path}"/>${dots.join('')}`;
}
