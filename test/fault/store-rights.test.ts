import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { parseKey } from '../../server/domain/key.ts';
import { createLock } from '../../server/domain/lock.ts';
import { backupLmdbStore } from '../../server/store/lmdb/backup.ts';
import { verifyLmdbStore } from '../../server/store/lmdb/verify.ts';
import { openStore } from '../../server/store/open.ts';
import { asOtherUser, otherUser, skipOtherUser } from '../support/other-user.ts';
import { root as project, serverProgram } from '../support/process.ts';
import { patient } from '../support/store-caller.ts';
import { get } from '../support/store-calls.ts';
import { startStoreProcess } from '../support/store-process.ts';

let root: string;
/** A store of the other user, who has all rights to it. */
let directory: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'numstore-rights-'));
  directory = join(root, 'store');
  await mkdir(join(root, 'home'));
  if (skipOtherUser !== false) return;
  asOtherUser(root);
  await fill(directory, 5n);
  await give(directory, otherUser.uid);
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('store lmdb: as another user,', { skip: skipOtherUser }, () => {
  for (const name of ['data.mdb', 'lock.mdb']) {
    it(`a ${name} that belongs to root is refused with its name and its owner`, async () => {
      await chown(join(directory, name), 0, 0);
      const text = `^STORE_UNAVAILABLE This user may not write to .*${name}: it belongs to user 0, and this is user 65534`;
      assert.match(await openAsOther(directory), new RegExp(text));
    });

    it(`a directory in the place of ${name} is refused with its name`, async () => {
      await rename(join(directory, name), join(root, name));
      await mkdir(join(directory, name));
      assert.match(await openAsOther(directory), new RegExp(`^STORE_UNAVAILABLE .*${name} is not a file`));
    });
  }

  it('a directory whose parent belongs to root is not made, and the message names both', async () => {
    await mkdir(join(root, 'closed'));
    const fault = await openAsOther(join(root, 'closed', 'store'));
    assert.match(fault, /^STORE_UNAVAILABLE Cannot make .*store: .*owner of .*closed/);
  });

  it('a socket that a server of root left behind keeps no other user out', async () => {
    await rm(directory, { recursive: true });
    await mkdir(directory);
    const killed = startStoreProcess({ spec: `lmdb:${directory}`, writers: 1 });
    await killed.opened();
    await killed.kill();
    await give(directory, otherUser.uid, (name) => name.endsWith('.mdb'));
    assert.equal(await openAsOther(directory), 'done');
  });

  it('a store is opened after root has verified it and has made a backup of it, and so is the backup', async () => {
    await rm(join(directory, 'lock.mdb'));
    await verifyLmdbStore(directory);
    const made = join(root, 'new', 'backup');
    const given = join(root, 'given');
    await mkdir(given);
    await chown(given, otherUser.uid, otherUser.gid);
    await backupLmdbStore(directory, made);
    await backupLmdbStore(directory, given);
    for (const place of [directory, made, given]) {
      for (const name of ['.', ...(await readdir(place))]) {
        const { uid, gid } = await stat(join(place, name));
        assert.deepEqual({ uid, gid }, otherUser, join(place, name));
      }
      assert.equal(await openAsOther(place), 'done');
    }
  });

  it('root verifies a store while its server writes to it', async () => {
    const server = startStoreProcess({
      spec: `lmdb:${directory}`,
      writers: 4,
      spawn: asOtherUser(join(root, 'home')),
    });
    await server.opened();
    for (let round = 0; round < 3; round += 1) await verifyLmdbStore(directory);
    await server.kill();
    assert.equal(server.fault, undefined);
  });

  for (const runner of ['root', 'that user']) {
    it(`the restore that docs/operations.md describes, run by ${runner}, brings a backup back`, async () => {
      const asRunner = runner === 'root' ? {} : asOtherUser(join(root, 'home'));
      const backup = join(root, 'backup');
      await backupLmdbStore(directory, backup);
      await fill(directory, 1000n);
      await give(directory, otherUser.uid);
      for (const command of await restoreCommands()) {
        const ours = command.replaceAll('BACKUP', backup).replaceAll('DIR', directory);
        const words = ours.replace('npx tsx server/main.ts', serverProgram.join(' '));
        await promisify(execFile)('bash', ['-c', words], { ...asRunner, cwd: project });
      }
      assert.equal(await openAsOther(directory), 'done');
      const store = await openStore(`lmdb:${directory}`, { lock: createLock() });
      assert.equal(await get(store, 'a'), 5n);
      await store.close();
    });
  }
});

async function restoreCommands(): Promise<string[]> {
  const text = await readFile(join(project, 'docs/operations.md'), 'utf8');
  const [, block = ''] = /^### Restoring an lmdb store\n.*?^```sh\n(.*?)^```/ms.exec(text) ?? [];
  const commands = block.split('\n').filter((line) => line !== '');
  assert.ok(commands.length > 2, 'the document describes a restore');
  return commands.map((line) => line.replace(/ +#.*$/, ''));
}

async function fill(place: string, value: bigint): Promise<void> {
  const store = await openStore(`lmdb:${place}`, { lock: createLock() });
  await store.set(parseKey('a'), value, patient);
  await store.close();
}

async function give(place: string, uid: number, isWanted = (_: string): boolean => true): Promise<void> {
  await chown(place, uid, uid);
  for (const name of (await readdir(place)).filter(isWanted)) await chown(join(place, name), uid, uid);
}

/** Opens the store as the other user and writes to it: `done`, or the code and the message of the fault. */
async function openAsOther(place: string): Promise<string> {
  const spawn = asOtherUser(join(root, 'home'));
  const opener = startStoreProcess({ spec: `lmdb:${place}`, writers: 1, count: 2, spawn });
  await opener.ended;
  assert.equal(opener.child.signalCode, null);
  return opener.fault ?? 'done';
}
