import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLock, type Lock } from '../../server/domain/lock.ts';
import { openStore } from '../../server/store/open.ts';
import type { Store, StoreOptions } from '../../server/store/store.ts';
import type { RedisServer } from './redis.ts';

/** Where one store lives: it can be opened, closed and opened again. */
interface Place {
  readonly spec: string;
  open(lock?: Lock, keysMax?: number): Promise<Store>;
  /** Removes what is left of it; its stores must be closed. */
  remove(): Promise<void>;
}

/** A kind of store, and new places for it. */
export interface Subject {
  readonly name: string;
  /** Whether what was acknowledged outlasts `close`. */
  readonly isDurable: boolean;
  createPlace(): Promise<Place>;
}

function withLimit(options: StoreOptions, keysMax: number | undefined): StoreOptions {
  return keysMax === undefined ? options : { ...options, keysMax };
}

export const memorySubject: Subject = {
  name: 'memory',
  isDurable: false,
  createPlace: async () => ({
    spec: 'memory',
    open: (lock = createLock(), keysMax) => openStore('memory', withLimit({ lock }, keysMax)),
    remove: async () => undefined,
  }),
};

export const lmdbSubject: Subject = {
  name: 'lmdb',
  isDurable: true,
  createPlace: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'numstore-lmdb-'));
    const spec = `lmdb:${directory}`;
    return {
      spec,
      open: (lock = createLock(), keysMax) => openStore(spec, withLimit({ lock }, keysMax)),
      remove: () => rm(directory, { recursive: true, force: true }),
    };
  },
};

let namespaces = 0;

/** Each place is a namespace of its own on one server. */
export function redisSubject(server: () => RedisServer): Subject {
  return {
    name: 'redis',
    isDurable: true,
    createPlace: async () => {
      namespaces += 1;
      const namespace = `test-${namespaces}`;
      const { spec } = server();
      return {
        spec,
        open: (lock = createLock(), keysMax) =>
          openStore(spec, { namespace, ...withLimit({ lock }, keysMax) }),
        remove: async () => undefined,
      };
    },
  };
}
