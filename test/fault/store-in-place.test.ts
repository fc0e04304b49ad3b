import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rename, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, it } from 'node:test';
import { NumStoreError } from '../../server/domain/errors.ts';
import { parseKey } from '../../server/domain/key.ts';
import { createLock } from '../../server/domain/lock.ts';
import { openStore } from '../../server/store/open.ts';
import type { Store } from '../../server/store/store.ts';
import { startServer } from '../support/server.ts';
import { patient } from '../support/store-caller.ts';
import { get, refuses } from '../support/store-calls.ts';
import { until } from '../support/until.ts';

let root: string;
let directory: string;
/** The data file of another store, which is the larger one. */
let other: string;
let causes: unknown[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'numstore-place-'));
  directory = join(root, 'store');
  causes = [];
  const store = await open(join(root, 'other'));
  await Promise.all(Array.from({ length: 500 }, (_, index) => store.set(parseKey(`${index}`), 1n, patient)));
  await store.close();
  other = join(root, 'other', 'data.mdb');
});
afterEach(() => rm(root, { recursive: true, force: true }));

interface Harm {
  readonly name: string;
  readonly message: RegExp;
  do(): Promise<void>;
}

const data = (): string => join(directory, 'data.mdb');

const harms: readonly Harm[] = [
  { name: 'its data file is deleted', message: /data\.mdb was deleted/, do: () => rm(data()) },
  {
    name: 'its data file is replaced by another',
    message: /data\.mdb was replaced/,
    do: () => rename(other, data()),
  },
  {
    name: 'another file is copied onto its data file',
    message: /data\.mdb was replaced/,
    do: () => cp(other, data()),
  },
  {
    name: 'its file of locks is deleted',
    message: /lock\.mdb was deleted/,
    do: () => rm(join(directory, 'lock.mdb')),
  },
  {
    name: 'its directory is moved away',
    message: /was deleted/,
    do: () => rename(directory, join(root, 'moved')),
  },
];

for (const harm of harms) {
  it(`store lmdb: once ${harm.name}, it stops by itself, and no write is acknowledged any more`, async () => {
    const store = await open(directory);
    await store.set(parseKey('a'), 1n, patient);
    await harm.do();
    await until(() => store.status === 'failed', 'the store has stopped');
    await refusesFor(harm.message, store);
    assert.equal(causes.length, 1);
    assert.match(String(causes[0]), harm.message);
    await store.close();
  });

  it(`store lmdb: once ${harm.name}, the very next write is refused`, async () => {
    const store = await open(directory);
    await store.set(parseKey('a'), 1n, patient);
    await harm.do();
    await refusesFor(harm.message, store);
    assert.equal(store.status, 'failed');
    await store.close();
  });
}

it('store lmdb: once its data file is cut short, and nothing reads it, it stops by itself', async () => {
  const store = await open(directory);
  await truncate(data(), 0);
  await until(() => store.status === 'failed', 'the store has stopped');
  await refusesFor(/data\.mdb was replaced/, store);
  await store.close();
});

it('store lmdb: once the socket of its owner is deleted, it stops: another process could open the store', async () => {
  const store = await open(directory);
  for (const name of await readdir(directory)) {
    if (name.endsWith('.sock')) await rm(join(directory, name));
  }
  await until(() => store.status === 'failed', 'the store has stopped');
  await refusesFor(/owner-.*\.sock was deleted/, store);
  await store.close();
});

it('store lmdb: a server whose data file is deleted stops with one sentence and exit code 1', async () => {
  const server = await startServer(['--store', `lmdb:${directory}`]);
  const ended = once(server.process, 'exit');
  await rm(data());
  await ended;
  const { code, stderr } = await server.stop();
  assert.equal(code, 1);
  assert.match(stderr, /^The store has failed: .*data\.mdb was deleted while the store was open: .*\n$/);
});

async function refusesFor(message: RegExp, store: Store): Promise<void> {
  const write = store.set(parseKey('b'), 1n, patient);
  await assert.rejects(write, (error) => {
    assert.ok(error instanceof NumStoreError);
    assert.equal(error.code, 'STORE_UNAVAILABLE');
    assert.match(error.message, message);
    return true;
  });
  await refuses('STORE_UNAVAILABLE', get(store, 'a'));
}

function open(place: string): Promise<Store> {
  return openStore(`lmdb:${place}`, { lock: createLock(), onStatus: (_, cause) => causes.push(cause) });
}
