import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { type ErrorCode, NumStoreError } from '../../server/domain/errors.ts';
import { parseKey } from '../../server/domain/key.ts';
import { createLock } from '../../server/domain/lock.ts';
import { backupLmdbStore } from '../../server/store/lmdb/backup.ts';
import { verifyLmdbStore } from '../../server/store/lmdb/verify.ts';
import { openStore } from '../../server/store/open.ts';
import type { Entry, Store } from '../../server/store/store.ts';
import { asOtherUser, skipOtherUser } from '../support/other-user.ts';
import { count } from '../support/scale.ts';
import { patient } from '../support/store-caller.ts';
import { list } from '../support/store-calls.ts';
import { startStoreProcess } from '../support/store-process.ts';

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'numstore-files-'));
});
after(() => rm(root, { recursive: true, force: true }));

it('store lmdb: a directory that is missing is made, if its parent is there', async () => {
  const store = await open(join(root, 'made'));
  await store.set(parseKey('a'), 1n, patient);
  await store.close();
  const again = await open(join(root, 'made'));
  assert.equal((await again.stats(patient)).total, 1n);
  await again.close();
  await refuses(
    'STORE_UNAVAILABLE',
    /no directory .*missing: create it, or mount/,
    open(join(root, 'missing', 'place')),
  );
  assert.equal(existsSync(join(root, 'missing')), false);
});

it('store lmdb: a new store is logged, be its directory made, empty or left by a store; an old one is not', async () => {
  const directory = join(root, 'logged');
  const events: string[] = [];
  const note = (_: object, event: string): void => void events.push(event);
  const open = async (): Promise<Store> =>
    openStore(`lmdb:${directory}`, { lock: createLock(), log: { info: note, warn: note, error: note } });
  for (let round = 0; round < 3; round += 1) {
    if (round === 1) await rm(join(directory, 'data.mdb'));
    const store = await open();
    await store.set(parseKey('a'), 1n, patient);
    await store.close();
  }
  const isNew = 'a new store begins: the directory held none';
  assert.deepEqual(events, [isNew, isNew, 'the store is sound']);
});

it('store lmdb: a file is no directory', async () => {
  await writeFile(join(root, 'file'), '');
  await refuses('STORE_UNAVAILABLE', /not a directory/, open(join(root, 'file')));
});

it('store lmdb: without permission the message names the directory', { skip: skipOtherUser }, async () => {
  const directory = join(root, 'forbidden');
  await mkdir(directory);
  await chmod(root, 0o755);
  const home = join(root, 'home');
  await mkdir(home);
  const opener = startStoreProcess({ spec: `lmdb:${directory}`, writers: 1, spawn: asOtherUser(home) });
  await opener.ended;
  assert.match(
    opener.fault ?? '',
    /^STORE_UNAVAILABLE This user may not write to .*forbidden: it belongs to/,
  );
});

it('store lmdb: a full disk refuses writes, keeps every number right, and takes writes again once there is room', async (t) => {
  const directory = join(root, 'full');
  await mkdir(directory);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', directory], { stdio: 'ignore' });
  } catch {
    return t.skip('mounting a tmpfs needs root');
  }
  try {
    const store = await open(directory);
    const filled = await fillDisk(store);
    assert.ok(filled > 100);
    assert.equal(store.status, 'serving');
    await assertSum(store);
    await store.close();

    execFileSync('mount', ['-o', 'remount,size=64m', directory]);
    const again = await open(directory);
    assert.equal((await again.stats(patient)).total, BigInt(filled));
    await again.set(parseKey('room'), 1n, patient);
    await assertSum(again);
    await again.close();
  } finally {
    execFileSync('umount', ['-l', directory]);
  }
});

it('store lmdb: on a full disk nothing is begun, nothing called damaged, and no half of a backup left', async (t) => {
  const disk = join(root, 'no room');
  await mkdir(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    return t.skip('mounting a tmpfs needs root');
  }
  try {
    const sound = join(root, 'sound elsewhere');
    await fill(sound, 500);
    const old = join(disk, 'old');
    await backupLmdbStore(sound, old);
    await rm(join(old, 'lock.mdb'));
    await assert.rejects(writeFile(join(disk, 'filling'), Buffer.alloc(2 ** 20)), { code: 'ENOSPC' });
    const noRoom = /Cannot make .*lock\.mdb: is there room/;
    await refuses('STORE_UNAVAILABLE', noRoom, verifyLmdbStore(old));
    await refuses('STORE_UNAVAILABLE', noRoom, open(old));
    await refuses('STORE_UNAVAILABLE', /no room for a store in .*new/, open(join(disk, 'new')));
    const backup = join(disk, 'backup');
    await refuses('STORE_UNAVAILABLE', /copy to .* failed: is there room/, backupLmdbStore(sound, backup));
    assert.deepEqual(await readdir(backup), []);
    // Left by an older version: its bytes have no place on the disk yet.
    await truncate(join(disk, 'filling'), 2 ** 20 - 2 ** 18);
    await writeFile(join(old, 'lock.mdb'), '');
    await truncate(join(old, 'lock.mdb'), 8192);
    await assert.rejects(writeFile(join(disk, 'filling'), Buffer.alloc(2 ** 20)), { code: 'ENOSPC' });
    await refuses('STORE_UNAVAILABLE', /SIGBUS on a full disk: make room/, verifyLmdbStore(old));

    await rm(join(disk, 'filling'));
    assert.equal((await verifyLmdbStore(old)).keys, 500);
  } finally {
    execFileSync('umount', ['-l', disk]);
  }
});

it('store lmdb: a damaged file is refused by its name or every number in it is right', async (t) => {
  const sound = join(root, 'sound');
  await mkdir(sound);
  const entries = await fill(sound, 3000);
  const size = (await readFile(join(sound, 'data.mdb'))).length;
  const verdicts = { refused: 0, harmless: 0 };
  const rounds = count(4, 40);
  for (let round = 0; round < rounds; round += 1) {
    const damaged = join(root, `damaged${round}`);
    await cp(sound, damaged, { recursive: true, filter: (path) => !path.endsWith('.sock') });
    const path = join(damaged, 'data.mdb');
    if (round % 4 === 3) await truncate(path, Math.floor(size * Math.random()));
    else await damage(path, [1, 40, 4000][round % 4] ?? 1);
    try {
      const store = await open(damaged);
      assert.deepEqual(await list(store, {}), entries);
      await assertSum(store);
      await store.close();
      verdicts.harmless += 1;
    } catch (error) {
      if (!(error instanceof NumStoreError)) throw error;
      assert.equal(error.code, 'STORE_CORRUPT', error.message);
      assert.match(error.message, /corrupt: .*Restore it from a backup/);
      verdicts.refused += 1;
    }
    await rm(damaged, { recursive: true });
  }
  t.diagnostic(JSON.stringify(verdicts));
  assert.ok(verdicts.refused > 0);
});

it('store lmdb: a second process is refused, and served once the first is killed', async () => {
  const directory = join(root, 'owned');
  await mkdir(directory);
  const owner = startStoreProcess({ spec: `lmdb:${directory}`, writers: 1 });
  await owner.opened();
  await refuses('STORE_UNAVAILABLE', /in use by process \d+/, open(directory));
  await owner.kill();
  await (await open(directory)).close();
});

it('store lmdb: an owner that is suspended is still the owner', async () => {
  const directory = join(root, 'suspended');
  await mkdir(directory);
  const owner = startStoreProcess({ spec: `lmdb:${directory}`, writers: 1 });
  await owner.opened();
  owner.child.kill('SIGSTOP');
  await refuses('STORE_UNAVAILABLE', /in use by a process that does not answer/, open(directory));
  await owner.kill();
});

it('store lmdb: of many that open one directory at once, one at most succeeds', async () => {
  const directory = join(root, 'contended', 'long'.repeat(40));
  await mkdir(directory, { recursive: true });
  const opened = await Promise.allSettled(Array.from({ length: 8 }, () => open(directory)));
  const stores = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  assert.ok(stores.length <= 1);
  for (const store of stores) await store.close();
  await (await open(directory)).close();
  assert.deepEqual(
    (await readdir(directory)).filter((name) => name.endsWith('.sock')),
    [],
  );
});

it('store lmdb: a backup of a store in use is a store, and overwrites nothing', async () => {
  const from = join(root, 'from');
  const to = join(root, 'backups', 'to');
  await mkdir(from);
  const entries = await fill(from, 500);
  const store = await open(from);
  const stats = await store.stats(patient);
  assert.deepEqual(await backupLmdbStore(from, to), stats);
  assert.deepEqual(await verifyLmdbStore(to), stats);
  await refuses('STORE_UNAVAILABLE', /not empty/, backupLmdbStore(from, to));
  await store.set(parseKey('later'), 1n, patient);
  await store.close();
  const restored = await open(to);
  assert.deepEqual(await list(restored, {}), entries);
  await restored.close();
});

it('store lmdb: where there is no store, there is nothing to verify', async () => {
  await mkdir(join(root, 'empty'));
  await refuses('STORE_UNAVAILABLE', /no store/, verifyLmdbStore(join(root, 'empty')));
});

function open(directory: string): Promise<Store> {
  return openStore(`lmdb:${directory}`, { lock: createLock() });
}

/** Several batches, so that pages have been used anew. */
async function fill(directory: string, count: number): Promise<Entry[]> {
  const store = await open(directory);
  for (let start = 0; start < count; start += 500) {
    await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        store.set(parseKey(`key ${start + index}`), BigInt(start + index) ** 3n, patient),
      ),
    );
  }
  const entries = await list(store, {});
  await store.close();
  return entries;
}

/** Sets new keys to 1 until the disk is full, and answers how many there are. */
async function fillDisk(store: Store): Promise<number> {
  for (let filled = 0; ; filled += 100) {
    const batch = Array.from({ length: 100 }, (_, index) =>
      store.set(parseKey(`${filled + index} ${'x'.repeat(900)}`), 1n, patient),
    );
    const settled = await Promise.allSettled(batch);
    const refused = settled.filter(({ status }) => status === 'rejected');
    if (refused.length === 0) continue;
    assert.equal(refused.length, 100, 'a batch is refused as a whole');
    for (const call of batch) await refuses('STORE_FULL', /disk .*full/, call);
    assert.equal((await store.stats(patient)).total, BigInt(filled));
    return filled;
  }
}

/** Overwrites `count` bytes behind lmdb's two meta pages, in places or in a row. */
async function damage(path: string, count: number): Promise<void> {
  const bytes = await readFile(path);
  const start = 2 * 4096;
  const row = start + Math.floor(Math.random() * (bytes.length - start));
  for (let index = 0; index < count; index += 1) {
    const place = start + Math.floor(Math.random() * (bytes.length - start));
    const at = count > 100 ? Math.min(row + index, bytes.length - 1) : place;
    bytes[at] = (bytes[at] ?? 0) ^ (1 + Math.floor(Math.random() * 255));
  }
  await writeFile(path, bytes);
}

async function assertSum(store: Store): Promise<void> {
  const sum = (await list(store, {})).reduce((total, { value }) => total + value, 0n);
  assert.equal((await store.stats(patient)).total, sum);
}

async function refuses(code: ErrorCode, message: RegExp, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof NumStoreError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
}
