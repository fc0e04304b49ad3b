/** The kit of the pictures in docs/: SVG that is read on a light page and on a dark one, and on neither. */
import { escapeHtml, short } from '../../client/charts/markup.ts';

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** What the picture shows, for readers who cannot see it. */
  readonly label: string;
  readonly body: readonly string[];
}

/** Room between the edge of a picture and what it shows. */
const margin = 16;

/** The colours are those of the load tester's page (client/html/style.ts), so that both look alike. */
const style = [
  'text { font: 13px system-ui, sans-serif; fill: #1b1f27 } .back { fill: #ffffff } .line { fill: none }',
  '.title { font-weight: 600 } .head { font-weight: 600; font-size: 18px } .faint { fill: #5a6270; font-size: 12px }',
  '.grid { stroke: #dde1e7 } .rule { stroke: #8a93a1 } .first { fill: #2463c9; stroke: #2463c9 } .second { fill: #d9480f; stroke: #d9480f }',
  '.other { fill: #8a93a1; stroke: #8a93a1 } .tail { opacity: .35 } .hollow { fill: #ffffff; stroke-width: 2 }',
  '.dashed { stroke-dasharray: 3 3; opacity: .6 } .bad { fill: #c92a2a; font-weight: 600 }',
  '@media (prefers-color-scheme: dark) { text { fill: #e8eaee } .back { fill: #14171c } .hollow { fill: #14171c }',
  '.faint { fill: #a3abb8 } .grid { stroke: #353c47 } .first { fill: #74a9ff; stroke: #74a9ff }',
  '.second { fill: #ff9f6b; stroke: #ff9f6b } .bad { fill: #ff8787 } }',
].join(' ');

/** The picture as a file. */
export function drawPicture({ width, height, label, body }: Picture): string {
  const [fullWidth, fullHeight] = [width + 2 * margin, height + 2 * margin];
  const box = `${-margin} ${-margin} ${fullWidth} ${fullHeight}`;
  // A background of its own: a page may be dark where the reader's system is light.
  const back = `<rect class="back" x="${-margin}" y="${-margin}" width="${fullWidth}" height="${fullHeight}" rx="8"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" role="img" aria-label="${escapeHtml(label)}"><style>${style}</style>\n${[back, ...body].join('\n')}\n</svg>\n`;
}

export interface TextOptions {
  readonly className?: string;
  /** @default start */
  readonly anchor?: 'start' | 'middle' | 'end';
}

export function drawText(
  x: number,
  y: number,
  content: string,
  { className, anchor = 'start' }: TextOptions = {},
): string {
  const named = className === undefined ? '' : ` class="${className}"`;
  return `<text${named} x="${short(x)}" y="${short(y)}" text-anchor="${anchor}">${escapeHtml(content)}</text>`;
}

/** A heading, and on the same line what it means. */
export function drawHeading(x: number, y: number, title: string, caption: string): string {
  const parts = [
    `<tspan class="title">${escapeHtml(title)}</tspan>`,
    `<tspan class="faint" dx="10">${escapeHtml(caption)}</tspan>`,
  ];
  return `<text x="${short(x)}" y="${short(y)}">${parts.join('')}</text>`;
}

export function drawBar(className: string, x: number, y: number, width: number, height: number): string {
  return `<rect class="${className}" x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" rx="2"/>`;
}

/** A straight line. */
export function drawLine(
  className: string,
  [fromX, fromY]: readonly [number, number],
  [toX, toY]: readonly [number, number],
): string {
  return `<path class="line ${className}" d="M${short(fromX)} ${short(fromY)}L${short(toX)} ${short(toY)}"/>`;
}

export function drawDot(className: string, x: number, y: number, radius: number): string {
  return `<circle class="${className}" cx="${short(x)}" cy="${short(y)}" r="${radius}"/>`;
}
