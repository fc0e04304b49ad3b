import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { listen } from '../net/listener.ts';

/** Scrapers, probes and a few people with a page open. */
const connectionsMax = 64;

/** What a browser sends with its cookies fits; these pages need none of it. */
const headerBytesMax = 8192;

/** For the head of a request. What takes longer is no client of ours. */
const requestMsMax = 5000;

/** Of one connection, before it has to come anew: whoever sends thousands at once, before any is answered, is no scraper. */
const requestsPerConnectionMax = 100;

/** An answer of which its reader has taken nothing for so long is given up. An open page gets something each second. */
const stalledMsMax = 30_000;

/** Longer than between two scrapes as they are usually configured, so that a scraper keeps its connection. */
const idleMsMax = 65_000;

/** How long an answer under way may take once the server closes, in milliseconds. */
const closeGraceMs = 1000;

const otherHost = 'Ask by address, as localhost, or by a name in --metrics-names';

/** A request, and the response that a route has to end. */
interface Exchange {
  readonly request: IncomingMessage;
  /** A HEAD is answered as a GET: Node leaves the content out. */
  readonly response: ServerResponse;
  /** Aborted when the peer has gone or the server closes: a stream of events ends its response then. */
  readonly signal: AbortSignal;
}

/** Answers one request. What it throws is answered 500, and the connection is cut if the answer had begun. */
export type Route = (exchange: Exchange) => void | Promise<void>;

export interface MetricsServerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** By path, to the letter: without query, with the slash at the beginning. */
  readonly routes: Readonly<Record<string, Route>>;
  /** Names by which it is asked, beside `host`, localhost and any address. @default none */
  readonly names?: readonly string[];
  readonly onError: (error: unknown) => void;
  /** @default 5000 */
  readonly requestMsMax?: number;
  /** @default 30 000 */
  readonly stalledMsMax?: number;
}

/** An HTTP server for people, probes and scrapers, beside the one that serves calls. */
export interface MetricsServer {
  readonly port: number;
  /** Accepts nothing more, aborts the signals of all exchanges, and waits a moment for their ends. Idempotent. */
  close(): Promise<void>;
}

/**
 * Listens on `host` and `port`. It answers GET and HEAD alone, and nothing that it serves changes anything.
 * @throws Error of node:net, such as EADDRINUSE
 */
export async function openMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const routes = new Map(Object.entries(options.routes));
  const names = ownNames([options.host, ...(options.names ?? [])]);
  const exchanges = new Set<AbortController>();
  let isClosing = false;
  const server = createServer(limitsOf(options), (request, response) => {
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('cache-control', 'no-store');
    // After the last answer the connection has to go, or closing would wait for it.
    if (isClosing) response.setHeader('connection', 'close');
    if (!isOwnHost(request.headers.host, names)) return refuse(response, 421, otherHost);
    const gone = new AbortController();
    exchanges.add(gone);
    response.once('close', () => {
      exchanges.delete(gone);
      gone.abort();
    });
    answer(routes, { request, response, signal: gone.signal }).catch((error: unknown) => {
      options.onError(error);
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'Internal error');
    });
  });
  server.maxConnections = connectionsMax;
  server.maxRequestsPerSocket = requestsPerConnectionMax;
  // The last of them was told to close its connection, which Node by itself leaves open.
  server.on('dropRequest', (_request, socket) => void socket.destroy());
  server.timeout = options.stalledMsMax ?? stalledMsMax;
  const port = await listen(server, options.host, options.port);

  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    isClosing = true;
    for (const exchange of exchanges) exchange.abort();
    server.closeIdleConnections();
    const cut = setTimeout(() => server.closeAllConnections(), closeGraceMs);
    await closed;
    clearTimeout(cut);
  };
  let closed: Promise<void> | undefined;
  return {
    port,
    close() {
      closed ??= close();
      return closed;
    },
  };
}

function limitsOf(options: MetricsServerOptions): ServerOptions {
  const requestMs = options.requestMsMax ?? requestMsMax;
  return {
    maxHeaderSize: headerBytesMax,
    headersTimeout: requestMs,
    requestTimeout: requestMs,
    keepAliveTimeout: idleMsMax,
    connectionsCheckingInterval: requestMs,
  };
}

async function answer(routes: ReadonlyMap<string, Route>, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return refuse(response, 405, 'Only GET and HEAD');
  }
  const [path = ''] = (request.url ?? '').split('?');
  const route = routes.get(path);
  return route === undefined ? refuse(response, 404, 'Not found') : route(exchange);
}

/** Ends the connection, too: whoever asks for what there is not may send content that nobody reads. */
function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(`${text}\n`);
}

/**
 * Whether `host`, the header of a request, is an address, localhost or one of `names`. A page of another
 * site reaches this port by a name of its own that it has pointed here (DNS rebinding), and by no
 * other. Browsers always send the header.
 */
function isOwnHost(host: string | undefined, names: ReadonlySet<string>): boolean {
  if (host === undefined) return true;
  const [, literal, plain = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? [];
  if (literal !== undefined) return isIP(literal) === 6;
  return isIP(plain) === 4 || names.has(nameOf(plain));
}

/** The names by which the port is asked, as `isOwnHost` takes them. */
function ownNames(names: readonly string[]): ReadonlySet<string> {
  return new Set(['localhost', ...names].map(nameOf));
}

/** Names are the same in any case, and with the dot of the root. */
function nameOf(text: string): string {
  return text.toLowerCase().replace(/\.$/, '');
}
