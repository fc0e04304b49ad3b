import { element, make } from './dom.js';
import { formatAge, formatCount, formatMs, methodOf } from './format.js';

/** @typedef {import('../live.ts').Arrived} Told */
/** @typedef {Told['slowest'][number]} SlowCall */

const parts = /** @type {const} */ (['lock', 'queue', 'compute', 'store', 'send', 'other']);

/** Rows of the slowest; the server tells twice as many. */
const slowestMax = 10;

/** The parts that are named in words: the largest, unless their share of the call's time is small. */
const namedMax = 2;
const namedShareMin = 0.02;

/** What each method does. @param {Told} told */
export function showMethods({ methods }) {
  const rows = methods.map(({ path, ended, failed, recent }) => {
    const times = recent.perSecond === 0 ? ['', ''] : [formatMs(recent.p50Ms), formatMs(recent.p99Ms)];
    const cells = [formatCount(failed), formatCount(recent.perSecond), ...times];
    const name = make('th', '', methodOf(path));
    name.title = path;
    const inAll = make('td', 'ended', formatCount(ended));
    return make('tr', '', name, inAll, ...cells.map((cell) => make('td', '', cell)));
  });
  element('methods').replaceChildren(
    ...(rows.length === 0 ? [makeEmpty('No call has come in yet.', 6)] : rows),
  );
}

/** Which calls took longest, and why. @param {Told} told */
export function showSlowest({ slowest }) {
  const rows = slowest.slice(0, slowestMax).map((call) => {
    const n = call.timing?.n === undefined ? '' : ` ${formatCount(call.timing.n)}!`;
    const failure = call.code === 'OK' ? [] : [' ', make('span', 'failed', call.code)];
    const name = make('th', '', `${methodOf(call.path)}${n}`, ...failure);
    name.title = call.path;
    return make(
      'tr',
      '',
      name,
      make('td', '', formatMs(call.durationMs)),
      make('td', 'ended', `${formatAge(call.agoMs)} ago`),
      make('td', 'split', ...makeSplit(call)),
    );
  });
  element('slowest').replaceChildren(...(rows.length === 0 ? [makeEmpty('None yet.', 4)] : rows));
}

/** What the colours of the bars mean; it never changes. */
export function showParts() {
  element('parts-key').replaceChildren(
    ...parts.map((name) => make('span', '', make('i', `square p-${name}`), name)),
  );
}

/** @param {string} text @param {number} columns */
function makeEmpty(text, columns) {
  const cell = document.createElement('td');
  cell.colSpan = columns;
  cell.append(text);
  return make('tr', '', cell);
}

/** A bar for the eye, and beside it the same in words. @param {SlowCall} call */
function makeSplit(call) {
  const split = splitOf(call).filter(([, ms]) => ms > 0);
  const bar = make(
    'div',
    'bar',
    ...split.map(([name, ms]) => {
      const part = make('span', `p-${name}`);
      part.style.flexGrow = String(ms / call.durationMs);
      return part;
    }),
  );
  bar.setAttribute('aria-hidden', 'true');
  const named = split
    .filter(([, ms]) => ms >= call.durationMs * namedShareMin)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, namedMax)
    .map(([name, ms]) => `${name} ${formatMs(ms)}`);
  return [bar, make('span', 'words', named.join(', '))];
}

/** @param {SlowCall} call @returns {readonly (readonly [(typeof parts)[number], number])[]} */
function splitOf({ timing, durationMs }) {
  if (timing === undefined) return [['other', durationMs]];
  const { lockMs: lock, queueMs: queue, computeMs: compute, storeMs: store, sendMs: send } = timing;
  const other = Math.max(0, durationMs - lock - queue - compute - store - send);
  const measured = { lock, queue, compute, store, send, other };
  return parts.map((name) => /** @type {const} */ ([name, measured[name]]));
}
