/** docs/choices.svg: what each design choice buys, a row for each, a panel for each workload. */
import { logScale, type Scale } from '../../client/charts/scale.ts';
import { type Choice, type ChoiceName, choices, manyKeys } from '../choices/choices.ts';
import type { LaneFigures } from '../choices/tables.ts';
import { type Workload, workloads } from '../choices/workloads.ts';
import { drawDot, drawHeading, drawLine, drawPicture, drawText } from './picture.ts';
import { figuresIn } from './results.ts';

const axisWidth = 230;
/** Right of each axis, for p50, p99 and how much worse both are. */
const textWidth = 205;
const textLeft = axisWidth + 14;
const ratioLeft = textLeft + 98;
const panelGap = 25;
const panelWidth = axisWidth + textWidth;
const width = workloads.length * (panelWidth + panelGap) - panelGap;
const headHeight = 122;
const rowHeight = 88;
/** From the top of a row: its heading, the marks of SetNum and of the factorial, and what the cache did. */
const at = { heading: 22, setNum: 40, fact: 58, notes: 78 } as const;
const bottom = headHeight + choices.length * rowHeight;
const height = bottom + 20;

/** Room that the label of a tick needs. */
const tickWidth = 24;

/** From here on a figure is called worse: less may be chance. */
const worseFrom = 1.5;

const tracks = ['setNum', 'fact'] as const;
type Track = (typeof tracks)[number];
const colours: Readonly<Record<Track, string>> = { setNum: 'first', fact: 'second' };

/** What a variant is compared with: the server as it is, with as many keys. */
function referenceOf({ keys }: Choice): ChoiceName {
  return keys === manyKeys ? 'many-keys' : 'as-it-is';
}

interface Panel {
  readonly left: number;
  readonly workload: Workload;
  readonly scale: Scale;
  readonly lanes: ReadonlyMap<string, LaneFigures>;
}

function createPanel(all: readonly LaneFigures[], workload: Workload, index: number): Panel {
  const lanes = all.filter((lane) => lane.workload === workload.name);
  const times = lanes.flatMap((lane) =>
    tracks.flatMap((track) => [lane[track].p50.median, lane[track].p99.median]),
  );
  return {
    left: index * (panelWidth + panelGap),
    workload,
    scale: logScale(Math.min(...times), Math.max(...times), String),
    lanes: new Map(lanes.map((lane) => [lane.choice, lane])),
  };
}

function drawHead(): readonly string[] {
  const legend = [
    ['first', 'SetNum'],
    ['second', 'Fact or FactExact'],
  ] as const;
  const marks = legend.flatMap(([colour, name], index) => {
    const [x, y] = [index * 90, 66];
    return [
      drawLine(colour, [x + 4, y - 4], [x + 22, y - 4]),
      drawDot(`${colour} hollow`, x + 4, y - 4, 4),
      drawDot(colour, x + 22, y - 4, 4),
      drawText(x + 32, y, name),
    ];
  });
  const explained = 'The same load on the same server, with one design choice taken away at a time';
  const reading =
    'hollow: p50, filled: p99, in ms on a logarithmic axis; further left is better; dashed: p99 as it is';
  return [
    drawText(0, 16, 'What each design choice buys', { className: 'head' }),
    drawText(0, 40, explained, { className: 'faint' }),
    ...marks,
    drawText(252, 66, reading, { className: 'faint' }),
  ];
}

function drawPanelHead({ left, scale, workload }: Panel): readonly string[] {
  let labelsEnd = Number.NEGATIVE_INFINITY;
  const labels = scale.ticks.flatMap((tick) => {
    const x = left + tick.at * axisWidth;
    if (x - tickWidth / 2 < labelsEnd) return [];
    labelsEnd = x + tickWidth / 2;
    return [drawText(x, bottom + 16, tick.label, { className: 'faint', anchor: 'middle' })];
  });
  const y = headHeight - 12;
  return [
    drawText(left, y, workload.shortTitle, { className: 'title' }),
    drawText(left + textLeft, y, 'p50 / p99, ms', { className: 'faint' }),
    drawText(left + ratioLeft, y, 'worse by', { className: 'faint' }),
    ...labels,
  ];
}

/** The marks of the axis behind one row, and how the server does as it is. */
function drawGrid({ left, scale, lanes }: Panel, top: number): readonly string[] {
  const upright = (className: string, share: number): string => {
    const x = left + share * axisWidth;
    return drawLine(className, [x, top + at.setNum - 10], [x, top + at.fact + 10]);
  };
  const reference = lanes.get('as-it-is');
  const guides = tracks.flatMap((track) =>
    reference === undefined
      ? []
      : [upright(`${colours[track]} dashed`, scale.place(reference[track].p99.median))],
  );
  return [...scale.ticks.map((tick) => upright('grid', tick.at)), ...guides];
}

function drawTrack(
  { left, scale, lanes }: Panel,
  choice: Choice,
  track: Track,
  top: number,
): readonly string[] {
  const [lane, reference] = [lanes.get(choice.name), lanes.get(referenceOf(choice))];
  if (lane === undefined) return [];
  const [p50, p99] = [lane[track].p50.median, lane[track].p99.median];
  const place = (ms: number): number => left + scale.place(ms) * axisWidth;
  const y = top + at[track];
  const ratios =
    reference === undefined ? [] : [p50 / reference[track].p50.median, p99 / reference[track].p99.median];
  const worse = ratios.map((ratio) => `x ${ratio.toFixed(1)}`).join(' / ');
  return [
    drawLine(colours[track], [place(p50), y], [place(p99), y]),
    drawDot(`${colours[track]} hollow`, place(p50), y, 4),
    drawDot(colours[track], place(p99), y, 4),
    drawText(left + textLeft, y + 4, `${digits(p50)} / ${digits(p99)}`),
    ...(ratios.some((ratio) => ratio >= worseFrom)
      ? [drawText(left + ratioLeft, y + 4, worse, { className: 'bad' })]
      : []),
  ];
}

/** Three digits that count. */
function digits(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3);
}

function drawNotes({ left, lanes }: Panel, choice: Choice, top: number): readonly string[] {
  const lane = lanes.get(choice.name);
  if (lane === undefined) return [];
  const y = top + at.notes;
  const share = (lane.wrong / lane.facts) * 100;
  const wrong = drawText(left + ratioLeft, y, `${share.toPrecision(2)} % wrong`, { className: 'bad' });
  return [
    drawText(left + textLeft, y, `hits ${(lane.hitRate * 100).toFixed(0)} %`, { className: 'faint' }),
    ...(lane.wrong > 0 ? [wrong] : []),
  ];
}

function drawRow(choice: Choice, index: number, panels: readonly Panel[]): readonly string[] {
  const top = headHeight + index * rowHeight;
  return [
    drawLine('rule', [0, top], [width, top]),
    ...panels.flatMap((panel) => [
      ...drawGrid(panel, top),
      ...tracks.flatMap((track) => drawTrack(panel, choice, track, top)),
      ...drawNotes(panel, choice, top),
    ]),
    drawHeading(0, top + at.heading, choice.title, choice.caption),
  ];
}

export function drawChoices(): string {
  const { lanes } = figuresIn<{ readonly lanes: readonly LaneFigures[] }>('choices.json');
  const panels = workloads.map((workload, index) => createPanel(lanes, workload, index));
  const rows = choices.flatMap((choice, index) => drawRow(choice, index, panels));
  const told = choices.map(({ title, caption }) => `${title}: ${caption}`);
  const label = `What each design choice buys. ${told.join('. ')}`;
  return drawPicture({
    width,
    height,
    label,
    body: [...drawHead(), ...panels.flatMap(drawPanelHead), ...rows],
  });
}
