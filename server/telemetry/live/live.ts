import { type SnapshotParts, takeSnapshot } from '../activity/snapshot.ts';
import type { Route } from '../admin-http.ts';
import { createHistory } from './history.ts';
import { readPage } from './page.ts';
import { createEvents } from './server-sent-events.ts';
import type { Told } from './told.ts';

const tickMs = 1000;

/** The page that shows what the server does. */
export interface Live {
  readonly routes: Readonly<Record<string, Route>>;
  close(): void;
}

/**
 * The page, and the events that keep it up to date: a snapshot each second while somebody looks, and the last minutes for
 * whoever comes.
 */
export function createLive(parts: SnapshotParts, isServing: () => boolean): Live {
  const history = createHistory();
  const describe = async (): Promise<Told> => ({ ...(await takeSnapshot(parts)), isServing: isServing() });
  const events = createEvents(async () => [
    ['history', history.points()],
    ['snapshot', await describe()],
  ]);
  const tick = async (): Promise<void> => {
    events.send('point', history.add(parts.activity.methods(), Date.now()));
    if (events.listeners > 0) events.send('snapshot', await describe());
  };
  const timer = setInterval(() => void tick(), tickMs);
  timer.unref();
  return { routes: { ...readPage(), '/events': events.route }, close: () => clearInterval(timer) };
}
