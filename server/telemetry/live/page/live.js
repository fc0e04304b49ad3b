/** The page's own program: it hears the server's events and shows what they say. It is served as it stands. */
import { showMethods, showParts, showSlowest } from './calls.js';
import { addPoints, openCharts } from './charts.js';
import { element, say } from './dom.js';
import { formatAge } from './format.js';
import { showCache, showTiles, showWorkers } from './state.js';

/** @typedef {import('../live.ts').Arrived} Told */

/** A browser gives up on an answer that is no stream, such as that of a proxy. */
const retryMs = 5000;

/** Of the server that this program came from. @type {string | undefined} */
let version;

/** @param {string} text @param {boolean} isGood */
function showStatus(text, isGood) {
  say('status', text);
  element('status').classList.toggle('good', isGood);
}

/** @param {Told} told */
function describeStatus({ store, isServing }) {
  if (store.status !== 'serving')
    return `not serving: the store ${store.status === 'away' ? 'is away' : 'has failed'}`;
  return isServing ? 'serving' : 'not serving: starting or stopping';
}

/** @param {Told} told */
function show(told) {
  // Another server may have another page.
  version ??= told.version;
  if (version !== told.version) return location.reload();
  const status = describeStatus(told);
  document.body.classList.remove('lost');
  showStatus(status, status === 'serving');
  const up = formatAge(told.uptimeMs);
  say('about', `version ${told.version}, ${told.transport} transport, ${told.store.name} store, up ${up}`);
  showTiles(told);
  showCache(told);
  showWorkers(told);
  showSlowest(told);
  showMethods(told);
  return undefined;
}

function follow() {
  const events = new EventSource('/events');
  let isBusy = false;
  events.addEventListener('open', () => {
    isBusy = false;
  });
  events.addEventListener('busy', ({ data }) => {
    isBusy = true;
    showStatus(`busy: ${JSON.parse(data).listeners} pages are open already, trying again`, false);
  });
  events.addEventListener('snapshot', ({ data }) => show(JSON.parse(data)));
  events.addEventListener('history', ({ data }) => addPoints(JSON.parse(data)));
  events.addEventListener('point', ({ data }) => addPoints([JSON.parse(data)]));
  events.addEventListener('error', () => {
    // The stream of a server that has no place ends at once, and comes again by itself.
    if (isBusy) return;
    const had = version === undefined ? '' : '; these are its last figures';
    showStatus(`lost the server, trying again${had}`, false);
    document.body.classList.add('lost');
    if (events.readyState === EventSource.CLOSED) setTimeout(follow, retryMs);
  });
}

showParts();
openCharts();
follow();
