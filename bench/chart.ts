/**
 * Draws docs/performance.svg from the committed results: what n! takes as a share of GMP's time, and SetNum per second
 * by transport.
 *
 *   npx tsx bench/chart.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Bar {
  readonly label: string;
  readonly value: number;
  readonly text: string;
  readonly isOurs: boolean;
}

interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const width = 760;
const labelWidth = 210;
const barHeight = 18;
const rowHeight = 24;
const titleHeight = 34;

const path = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url));

/** The cells of the Markdown table in a file of results, without its header. */
function rowsOf(file: string): readonly (readonly string[])[] {
  const lines = readFileSync(path(file), 'utf8').split('\n');
  const rows = lines.filter((line) => line.startsWith('|')).map((line) => line.split('|').slice(1, -1));
  return rows.slice(2).map((cells) => cells.map((cell) => cell.trim()));
}

function factorialPanel(): Panel {
  const rows = rowsOf('bench/results/factorial-node20.md').filter(([, , peer]) => peer?.startsWith('GMP'));
  const bars = rows.map(([n = '', , , , ratio = '']): Bar => {
    const value = Number.parseFloat(ratio);
    return { label: `n = ${Number(n).toLocaleString('en')}`, value, text: value.toFixed(2), isOurs: true };
  });
  const gmp = { label: 'GMP, any n', value: 1, text: '1', isOurs: false };
  return {
    title: 'Time of n!, bytes included, as a share of GMP’s mpz_fac_ui (Node 20, less is better)',
    bars: [...bars, gmp],
  };
}

function transportPanel(): Panel {
  const rows = rowsOf('bench/results/transport.md').filter(([name]) => name === 'SetNum, 8 x 32');
  const bars = rows
    .filter(([, server = '']) => !server.startsWith('native,'))
    .map(([, server = '', rate = '']): Bar => {
      const isOurs = server === 'native' || server === 'grpc-js';
      const name = isOurs ? `NumStore, ${server}` : server;
      return { label: name, value: Number(rate), text: `${Math.round(Number(rate) / 1000)} k`, isOurs };
    });
  return { title: 'SetNum per second, 8 connections x 32 in flight (more is better)', bars };
}

function drawPanel({ title, bars }: Panel, top: number): string {
  const longest = Math.max(...bars.map(({ value }) => value));
  const room = width - labelWidth - 70;
  const rows = bars.map(({ label, value, text, isOurs }, index) => {
    const y = top + titleHeight + index * rowHeight;
    const length = Math.max(1, (value / longest) * room);
    return [
      `<text x="${labelWidth - 10}" y="${y + 14}" text-anchor="end">${label}</text>`,
      `<rect class="${isOurs ? 'ours' : 'peer'}" x="${labelWidth}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2"/>`,
      `<text x="${(labelWidth + length + 8).toFixed(1)}" y="${y + 14}">${text}</text>`,
    ].join('');
  });
  return `<text class="title" x="0" y="${top + 20}">${title}</text>${rows.join('\n')}`;
}

const panels = [factorialPanel(), transportPanel()];
const tops = panels.map((_, index) =>
  panels.slice(0, index).reduce((y, { bars }) => y + titleHeight + bars.length * rowHeight + 20, 0),
);
const height = (tops.at(-1) ?? 0) + titleHeight + (panels.at(-1)?.bars.length ?? 0) * rowHeight + 10;
const style = [
  'text { font: 13px system-ui, sans-serif; fill: #24292f } .title { font-weight: 600 }',
  '.ours { fill: #2f6fde } .peer { fill: #9aa4b2 }',
  '@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .peer { fill: #6e7681 } }',
].join(' ');
const body = panels.map((panel, index) => drawPanel(panel, tops[index] ?? 0)).join('\n');
writeFileSync(
  path('docs/performance.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Measured performance"><style>${style}</style>\n${body}\n</svg>\n`,
);
