import { Agent, type ClientRequest, get, type IncomingMessage } from 'node:http';
import { setTimeout as rest } from 'node:timers/promises';

const scrapeMs = 1_000;
/** How often whoever looks at the page comes anew: in snapshots, which are seconds. */
const snapshotsPerVisit = 60;
/** A server that tells nothing for so long has forgotten its listener. */
const silenceMs = 15_000;

export interface WatcherOptions {
  /** Of the metrics. */
  readonly port: number;
  readonly signal: AbortSignal;
  readonly onFault: (fault: string) => void;
}

export interface WatchResult {
  readonly scrapes: number;
  readonly snapshots: number;
}

/** Somebody with the live page open, and a scraper: to be watched must not cost memory either. Until the signal. */
export async function watch(options: WatcherOptions): Promise<WatchResult> {
  const [scrapes, snapshots] = await Promise.all([scrape(options), look(options)]);
  return { scrapes, snapshots };
}

/** Asks for the metrics once, and checks that they are there. @param agent keeps the connection; without one it is closed */
export async function scrapeOnce(port: number, agent: Agent | false = false): Promise<string | undefined> {
  const text = await read(get({ host: '127.0.0.1', port, path: '/metrics', agent }));
  return /^numstore_keys \d+$/m.test(text) ? undefined : `no number of keys in ${text.length} characters`;
}

async function scrape({ port, signal, onFault }: WatcherOptions): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let scrapes = 0;
  try {
    while (!signal.aborted) {
      const fault = await scrapeOnce(port, agent).catch(String);
      if (fault !== undefined) onFault(`/metrics: ${fault}`);
      scrapes += 1;
      await rest(scrapeMs);
    }
  } finally {
    agent.destroy();
  }
  return scrapes;
}

async function look({ port, signal, onFault }: WatcherOptions): Promise<number> {
  let snapshots = 0;
  while (!signal.aborted) {
    try {
      snapshots += await visit(port, signal);
    } catch (error) {
      onFault(`/events: ${String(error)}`);
      await rest(scrapeMs);
    }
  }
  return snapshots;
}

/** Opens the page, and follows its events for a while; answers how many snapshots there were. */
async function visit(port: number, signal: AbortSignal): Promise<number> {
  await read(get({ host: '127.0.0.1', port, path: '/', agent: false }));
  const request = get({ host: '127.0.0.1', port, path: '/events', agent: false });
  request.setTimeout(silenceMs, () => request.destroy(new Error(`nothing for ${silenceMs} ms`)));
  let snapshots = 0;
  let unread = '';
  for await (const part of (await responseOf(request)).setEncoding('utf8')) {
    const blocks = `${unread}${part}`.split('\n\n');
    unread = blocks.pop() ?? '';
    for (const block of blocks) if (isSnapshot(block)) snapshots += 1;
    // Leaving the loop ends the connection.
    if (snapshots >= snapshotsPerVisit || signal.aborted) break;
  }
  return snapshots;
}

/** @throws SyntaxError if its data is no JSON */
function isSnapshot(block: string): boolean {
  const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
  if (data !== undefined) JSON.parse(data);
  return event === 'snapshot';
}

function responseOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.once('response', (response) => {
      if (response.statusCode === 200) resolve(response);
      else request.destroy(new Error(`${request.path} answers ${response.statusCode}`));
    });
  });
}

async function read(request: ClientRequest): Promise<string> {
  let text = '';
  for await (const part of (await responseOf(request)).setEncoding('utf8')) text += part;
  return text;
}
