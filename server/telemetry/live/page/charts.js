import { element, make } from './dom.js';
import { formatCount, formatMs } from './format.js';

/** @typedef {import('../history.ts').HistoryPoint} HistoryPoint */
/** @typedef {readonly number[] | readonly (number | null)[]} Values */

/**
 * A line of a chart, and its colour, by the name of a custom property.
 * @typedef {{ name: string, colour: string, isDashed: boolean, read: (point: HistoryPoint) => number | null }} Line
 */

/** What the charts show, in seconds: as much as there is, but not less and not more than this. */
const secondsMin = 60;
const secondsMax = 300;

/** @type {readonly Line[]} */
const latencyLines = [
  { name: 'SetNum p50', colour: '--c1', isDashed: true, read: ({ setNum }) => setNum?.p50 ?? null },
  { name: 'SetNum p99', colour: '--c1', isDashed: false, read: ({ setNum }) => setNum?.p99 ?? null },
  { name: 'Fact p50', colour: '--c2', isDashed: true, read: ({ fact }) => fact?.p50 ?? null },
  { name: 'Fact p99', colour: '--c2', isDashed: false, read: ({ fact }) => fact?.p99 ?? null },
];
/** @type {readonly Line[]} */
const rateLines = [
  { name: 'all calls', colour: '--c3', isDashed: false, read: ({ perSecond }) => perSecond },
];

/** A chart of the last minutes with its key, which says the latest values, too. */
class Chart {
  #id;
  #lines;
  #y;
  #format;
  /** @type {uPlot | undefined} */
  #plot;

  /**
   * @param {string} id
   * @param {readonly Line[]} lines
   * @param {uPlot.Scale} y
   * @param {(value: number) => string} format
   */
  constructor(id, lines, y, format) {
    this.#id = id;
    this.#lines = lines;
    this.#y = y;
    this.#format = format;
  }

  /** Anew, in the colours of this moment. @param {readonly HistoryPoint[]} points */
  draw(points) {
    this.#plot?.destroy();
    const target = element(this.#id);
    const { clientWidth: width, clientHeight: height } = target;
    const axis = {
      stroke: colour('--faint'),
      font: `${getComputedStyle(target).fontSize} system-ui, sans-serif`,
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
    };
    const x = { ...axis, size: 26, gap: 6, splits: timesOf, values: describeTimes };
    const y = {
      ...axis,
      size: 62,
      space: 24,
      filter: this.#keepDecades,
      grid: { ...axis.grid, filter: this.#keepDecades },
      values: (/** @type {uPlot} */ _plot, /** @type {(number | null)[]} */ values) =>
        values.map((value) => (value === null ? '' : this.#format(value))),
    };
    this.#plot = new uPlot(
      {
        width,
        height,
        scales: { x: { time: false, range: timeRange }, y: this.#y },
        axes: [x, y],
        padding: [10, 16, 0, 0],
        cursor: { show: false },
        legend: { show: false },
        series: [{}, ...this.#lines.map(seriesOf)],
      },
      this.#data(points),
      target,
    );
    this.#tell(points.at(-1));
  }

  /** @param {readonly HistoryPoint[]} points */
  update(points) {
    this.#plot?.setData(this.#data(points));
    this.#tell(points.at(-1));
  }

  /** To the size that its place has now. */
  fit() {
    const { clientWidth: width, clientHeight: height } = element(this.#id);
    if (this.#plot?.width !== width || this.#plot.height !== height) this.#plot?.setSize({ width, height });
  }

  /** @param {readonly HistoryPoint[]} points @returns {uPlot.AlignedData} */
  #data(points) {
    return [points.map(({ at }) => at / 1000), ...this.#lines.map(({ read }) => points.map(read))];
  }

  /** @param {HistoryPoint | undefined} last */
  #tell(last) {
    const latest = this.#lines.map((line) => {
      const value = last === undefined ? null : line.read(last);
      return { ...line, text: value === null ? 'no call' : this.#format(value) };
    });
    const key = latest.map(({ name, colour, isDashed, text }) => {
      const mark = make('i', `line ${isDashed ? 'dashed' : ''}`);
      mark.style.color = `var(${colour})`;
      return make('span', '', mark, `${name} `, make('b', '', text));
    });
    element(`${this.#id}-key`).replaceChildren(...key);
    const words = latest.map(({ name, text }) => `${name} ${text}`).join(', ');
    element(this.#id).setAttribute('aria-label', `a chart of the last minutes; now: ${words}`);
  }

  /** A line for each unit of a decade would be a grey wall. */
  #keepDecades = (/** @type {unknown} */ _plot, /** @type {number[]} */ values) =>
    this.#y.distr === 3
      ? values.map((value) => (Number.isInteger(Math.log10(value)) ? value : null))
      : values;
}

const charts = [
  new Chart('latency', latencyLines, { distr: 3 }, formatMs),
  new Chart('rate', rateLines, { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] }, formatCount),
];

/** @type {HistoryPoint[]} */
let points = [];

/** @param {readonly HistoryPoint[]} added the latest last; what is older than the first of them stays */
export function addPoints(added) {
  const [first] = added;
  if (first === undefined) return;
  const from = (added.at(-1) ?? first).at - secondsMax * 1000;
  points = [...points.filter(({ at }) => at < first.at), ...added].filter(({ at }) => at >= from);
  for (const chart of charts) chart.update(points);
}

/** Draws what there is, and again whenever its colours or its place have changed. */
export function openCharts() {
  const draw = () => {
    for (const chart of charts) chart.draw(points);
  };
  draw();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  const sizes = new ResizeObserver(() => {
    for (const chart of charts) chart.fit();
  });
  for (const id of ['latency', 'rate']) sizes.observe(element(id));
}

/** @param {string} name */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** @param {Line} line @returns {uPlot.Series} */
function seriesOf(line) {
  const stroke = colour(line.colour);
  return { label: line.name, stroke, width: 2, dash: line.isDashed ? [6, 4] : [], points: { show: false } };
}

/** @param {uPlot} _plot @param {number} first @param {number} last @returns {[number, number]} */
function timeRange(_plot, first, last) {
  const shown = Math.min(Math.max(last - first, secondsMin), secondsMax);
  return [last - shown, last];
}

/** Backwards from now, which is the end. @param {uPlot} _plot @param {number} _axis @param {number} from @param {number} now */
function timesOf(_plot, _axis, from, now) {
  const step = now - from > 2 * secondsMin ? 60 : 15;
  return Array.from(
    { length: Math.floor((now - from) / step) + 1 },
    (_, index) => now - index * step,
  ).reverse();
}

/** @param {uPlot} _plot @param {readonly number[]} times */
function describeTimes(_plot, times) {
  const now = times.at(-1) ?? 0;
  return times.map((time) => {
    const ago = Math.round(now - time);
    if (ago === 0) return 'now';
    return ago % 60 === 0 ? `\u2212${ago / 60} min` : `\u2212${ago} s`;
  });
}
