import { element, make, say } from './dom.js';
import { formatAge, formatBytes, formatCount, formatInteger, formatMs } from './format.js';

/** @typedef {import('../live.ts').Arrived} Told */

/** A result that came so lately is marked as new, in milliseconds: between two or three snapshots. */
const newMsMax = 2000;

/** Longer figures get smaller letters. */
const longFrom = 16;

/** What there is in all, in large letters. @param {Told} told */
export function showTiles({ store, cache, lock, methods }) {
  const found = cache.hits + cache.joined + cache.misses;
  const own = methods.filter(({ path }) => path.startsWith('/NumStore'));
  const rate = own.reduce((sum, { recent }) => sum + recent.perSecond, 0);
  const failed = own.reduce((sum, method) => sum + method.failed, 0);
  const unknown = store.status === 'serving' ? 'no answer' : `store ${store.status}`;
  const { total, keys } = store.stats ?? {};
  const tiles = [
    ['total of all values', total === undefined ? unknown : formatInteger(total)],
    ['keys', keys === undefined ? unknown : formatCount(keys)],
    ['calls per second', formatCount(rate)],
    ['failed calls', formatCount(failed)],
    ['cache hits', found === 0 ? 'none yet' : `${((cache.hits / found) * 100).toFixed(1)} %`],
    ['lock wait, p99', lock.wait.perSecond === 0 ? 'not used' : formatMs(lock.wait.p99Ms)],
    ['lock held, p99', lock.hold.perSecond === 0 ? 'not used' : formatMs(lock.hold.p99Ms)],
  ];
  element('tiles').replaceChildren(
    ...tiles.map(([name = '', figure = '']) =>
      make('div', '', make('dt', '', name), make('dd', figure.length >= longFrom ? 'long' : '', figure)),
    ),
  );
}

/** The ten places of the cache. @param {Told} told */
export function showCache({ cache }) {
  const isFull = cache.slots.length === cache.entriesMax;
  const taken = cache.slots.map(({ n, bytes, ageMs, hits }, index) => {
    const isNext = isFull && index === 0;
    const tag = isNext ? 'next to go' : ageMs < newMsMax ? 'new' : '';
    const found = `${formatCount(hits)} ${hits === 1 ? 'hit' : 'hits'}, ${formatBytes(bytes)}`;
    const className = isNext ? 'next' : tag === '' ? '' : 'fresh';
    return makeBox(className, tag, `${formatCount(n)}!`, found, `for ${formatAge(ageMs)}`);
  });
  const free = Array.from({ length: cache.entriesMax - taken.length }, () => make('li', 'free', 'free'));
  element('slots').replaceChildren(...taken, ...free);
  const { hits, misses, joined, evictions } = cache;
  say(
    'cache-note',
    `${formatCount(hits)} hits, ${formatCount(misses)} misses, ${formatCount(joined)} joined one under way, ${formatCount(evictions)} evicted; ${formatBytes(cache.bytes)} of ${formatBytes(cache.bytesMax)}`,
  );
}

/** Who waits for a worker, and what each of them computes. @param {Told} told */
export function showWorkers({ pool, results }) {
  const queue = makeBox(
    pool.queued === 0 ? 'queue free' : 'queue busy',
    'queue',
    `${formatCount(pool.queued)} waiting`,
    `at most ${formatCount(pool.queueLimit)}`,
  );
  const workers = pool.workers.map((worker, index) => {
    const name = `worker ${index + 1}`;
    if (worker.kind === 'starting' || worker.kind === 'idle') return makeBox('free', name, worker.kind);
    return makeBox('busy', name, `${formatCount(worker.n)}!`, worker.kind, `for ${formatMs(worker.forMs)}`);
  });
  element('workers').replaceChildren(queue, ...workers);
  const lost = `${formatCount(pool.workersLost)} ${pool.workersLost === 1 ? 'worker' : 'workers'} lost and replaced`;
  say(
    'workers-note',
    `${lost}; all results together ${formatBytes(results.bytes)} of ${formatBytes(results.bytesMax)}`,
  );
}

/**
 * @param {string} className
 * @param {string} tag stands in the edge of the box; none where it is empty
 * @param {string} title
 * @param {...string} lines
 */
function makeBox(className, tag, title, ...lines) {
  const tags = tag === '' ? [] : [make('span', 'tag', tag), ' '];
  const texts = lines.flatMap((line) => [' ', make('span', '', line)]);
  return make('li', className, ...tags, make('b', '', title), ...texts);
}
