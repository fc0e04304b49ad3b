import type { Sample } from './process.ts';

const width = 760;
const height = 320;
const left = 50;
const right = 90;
const top = 34;
const bottom = 36;

export interface Line {
  readonly name: string;
  readonly samples: readonly Sample[];
}

/** Resident memory over time, a line for each server, as an SVG that follows the reader's colour scheme. */
export function drawMemory(lines: readonly Line[]): string {
  const all = lines.flatMap(({ samples }) => samples);
  const minutes = Math.max(...all.map((sample) => sample.minutes));
  const megabytes = Math.ceil(Math.max(...all.map(({ residentMb }) => residentMb)) / 50) * 50;
  const x = (value: number): number => left + (value / minutes) * (width - left - right);
  const y = (value: number): number => height - bottom - (value / megabytes) * (height - top - bottom);
  const grid = Array.from({ length: megabytes / 50 + 1 }, (_, index) => {
    const at = y(index * 50).toFixed(1);
    return `<path class="grid" d="M${left} ${at}H${width - right}"/><text x="${left - 8}" y="${at}" dy="4" text-anchor="end">${index * 50}</text>`;
  });
  const courses = lines.map(({ name, samples }, index) => {
    const points = samples.map(
      (sample) => `${x(sample.minutes).toFixed(1)} ${y(sample.residentMb).toFixed(1)}`,
    );
    const end = y(samples.at(-1)?.residentMb ?? 0).toFixed(1);
    return `<path class="line${index}" d="M${points.join('L')}"/><text x="${width - right + 8}" y="${end}" dy="4">${name}</text>`;
  });
  const style = [
    'text { font: 13px system-ui, sans-serif; fill: #24292f } .title { font-weight: 600 }',
    'path { fill: none; stroke-width: 2 } .grid { stroke: #9aa4b2; stroke-width: .5 }',
    '.line0 { stroke: #2f6fde } .line1 { stroke: #c2410c }',
    '@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }',
  ].join(' ');
  const body = [
    `<text class="title" x="0" y="18">Resident memory under a steady load, MB</text>`,
    ...grid,
    `<text x="${left}" y="${height - 12}">0</text>`,
    `<text x="${width - right}" y="${height - 12}" text-anchor="end">${minutes.toFixed(0)} minutes</text>`,
    ...courses,
  ].join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Resident memory over time"><style>${style}</style>\n${body}\n</svg>\n`;
}
