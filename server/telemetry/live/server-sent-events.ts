import type { ServerResponse } from 'node:http';
import type { Route } from '../admin-http.ts';

/** People with the page open; a metrics port is not for crowds. */
const listenersMax = 16;

/** What waits for a listener that does not read, in bytes: some ten events. Then it is cut off, and may come again. */
const unreadBytesMax = 256 * 1024;

/** How soon a browser that has lost us tries again, in milliseconds. */
const retryMs = 1000;
/** ... and one that found all places taken. */
const busyRetryMs = 10_000;

/** Server-sent events (WHATWG HTML 9.2) to everybody who listens. */
export interface Events {
  /** Answers a request with the events from now on. */
  readonly route: Route;
  readonly listeners: number;
  /** Tells everybody. `data` becomes JSON, its bigints strings. */
  send(event: string, data: unknown): void;
}

/** @param greet what a new listener is told first: the name of an event and its data */
export function createEvents(
  greet: () => Promise<readonly (readonly [event: string, data: unknown])[]>,
): Events {
  const listeners = new Set<ServerResponse>();
  return {
    get listeners() {
      return listeners.size;
    },
    async route({ request, response, signal }) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (request.method === 'HEAD') {
        response.end();
        return;
      }
      if (listeners.size >= listenersMax) {
        // A browser does not show a page the status of a stream, so an event says it.
        response.end(`retry: ${busyRetryMs}\n\n${render('busy', { listeners: listenersMax })}`);
        return;
      }
      // Counted from here on: whoever asks while we wait below must find the place taken.
      listeners.add(response);
      signal.addEventListener('abort', () => {
        listeners.delete(response);
        response.end();
      });
      const greeting = await greet();
      if (signal.aborted) return;
      response.write(`retry: ${retryMs}\n\n${greeting.map(([event, data]) => render(event, data)).join('')}`);
    },
    send(event, data) {
      if (listeners.size === 0) return;
      const text = render(event, data);
      for (const listener of listeners) {
        if (listener.writableLength > unreadBytesMax) listener.destroy();
        else listener.write(text);
      }
    },
  };
}

function render(event: string, data: unknown): string {
  const json = JSON.stringify(data, (_name, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : value,
  );
  return `event: ${event}\ndata: ${json}\n\n`;
}
