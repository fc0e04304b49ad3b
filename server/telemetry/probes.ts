import type { Route } from './admin-http.ts';

/** Answers 200 as long as the process does. */
export const healthz: Route = ({ response }) => {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('alive\n');
};

/** Answers 503 while calls cannot be answered: before it serves, while the store is away, while it drains. */
export function createReadyz(isReady: () => boolean): Route {
  return ({ response }) => {
    const ready = isReady();
    response.writeHead(ready ? 200 : 503, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(ready ? 'ready\n' : 'not ready\n');
  };
}
