/** docs/performance.svg: the exercise's run beside its peers, n! as a share of GMP's time, SetNum per second. */
import type { ClientName, Run } from '../exercise/clients.ts';
import type { Pair } from '../exercise/rounds.ts';
import { summarize } from '../report.ts';
import { drawBar, drawPicture, drawText } from './picture.ts';
import { figuresIn, rowsIn } from './results.ts';

interface Bar {
  readonly label: string;
  readonly value: number;
  /** Where a pale bar behind it ends. */
  readonly tail?: number;
  readonly text: string;
  readonly isOurs: boolean;
}

interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const width = 760;
const labelWidth = 210;
/** Right of the longest bar, for its text. */
const textWidth = 100;
const barHeight = 18;
const rowHeight = 24;
const titleHeight = 34;
const panelGap = 20;

/** As the pictures call ours: the Node is that of all other panels. */
const ourServers: Readonly<Record<string, string>> = {
  'ours, grpc-js, Node 20': 'NumStore, grpc-js',
  'ours, native, Node 20': 'NumStore, native',
};

function exercisePanel(title: string, clientOf: (server: string) => ClientName | undefined): Panel {
  const { pairs } = figuresIn<{ readonly pairs: readonly Pair[] }>('exercise.json');
  const bars = pairs
    .filter(({ server, client }) => client === clientOf(server))
    .map(({ server, cold }): Bar => {
      const median = (share: keyof Run): number => summarize(cold.map((run) => run[share])).median;
      const [p50, p99] = [median('p50'), median('p99')];
      const label = ourServers[server] ?? server;
      const text = `${p50.toFixed(2)} / ${p99.toFixed(1)}`;
      return { label, value: p50, tail: p99, text, isOurs: server in ourServers };
    });
  return { title, bars };
}

function ownClientPanel(): Panel {
  return exercisePanel(
    'The exercise, cold, each server with its own client: p50 / p99 in ms (less is better)',
    (server) => {
      if (server in ourServers) return 'compiled';
      return server === 'Python' ? 'python' : undefined;
    },
  );
}

function pythonClientPanel(): Panel {
  return exercisePanel('The exercise, cold, all servers with the Python client: p50 / p99 in ms', (server) =>
    server.startsWith('ours') && !(server in ourServers) ? undefined : 'python',
  );
}

function factorialPanel(): Panel {
  const rows = rowsIn('factorial-node20.md').filter(([, , peer]) => peer?.startsWith('GMP'));
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
  const rows = rowsIn('transport.md').filter(([name]) => name === 'SetNum, 8 x 32');
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
  const longest = Math.max(...bars.map(({ value, tail = 0 }) => Math.max(value, tail)));
  const room = width - labelWidth - textWidth;
  const lengthOf = (value: number): number => Math.max(1, (value / longest) * room);
  const rows = bars.map(({ label, value, tail, text, isOurs }, index) => {
    const y = top + titleHeight + index * rowHeight;
    const colour = isOurs ? 'first' : 'other';
    const end = labelWidth + lengthOf(Math.max(value, tail ?? 0));
    return [
      drawText(labelWidth - 10, y + 14, label, { anchor: 'end' }),
      ...(tail === undefined ? [] : [drawBar(`${colour} tail`, labelWidth, y, lengthOf(tail), barHeight)]),
      drawBar(colour, labelWidth, y, lengthOf(value), barHeight),
      drawText(end + 8, y + 14, text),
    ].join('');
  });
  return [drawText(0, top + 20, title, { className: 'title' }), ...rows].join('\n');
}

export function drawPerformance(): string {
  const panels = [ownClientPanel(), pythonClientPanel(), factorialPanel(), transportPanel()];
  let top = 0;
  const body = panels.map((panel) => {
    const drawn = drawPanel(panel, top);
    top += titleHeight + panel.bars.length * rowHeight + panelGap;
    return drawn;
  });
  return drawPicture({ width, height: top - panelGap, label: 'Measured performance', body });
}
