import { type Snapshot, type SnapshotParts, takeSnapshot } from '../activity/snapshot.ts';
import type { Route } from '../admin-http.ts';
import { createHistory } from './history.ts';
import { readPage } from './page.ts';
import { createEvents } from './server-sent-events.ts';

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

/** What the page is told each second. */
interface Told extends Snapshot {
  /** Whether calls are taken: a server that drains says so. */
  readonly isServing: boolean;
}

/** The same as it arrives: JSON has no bigint. */
export type Arrived = AsJson<Told>;

type AsJson<T> = T extends bigint
  ? string
  : T extends readonly (infer Element)[]
    ? readonly AsJson<Element>[]
    : T extends object
      ? { readonly [Name in keyof T]: AsJson<T[Name]> }
      : T;
