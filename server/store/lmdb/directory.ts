import type { Stats } from 'node:fs';
import { access, chmod, chown, constants, mkdir, open, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { unavailable } from '../ledger.ts';

/** What lmdb keeps in the directory of a store: its pages, and the locks of the processes that use them. */
export const dataFile = 'data.mdb';
export const lockFile = 'lock.mdb';

/** Files that only their content makes private; who may enter the directory is the directory's own matter. */
const fileModeMask = 0o666;

/**
 * Makes `directory` if its parent exists, and resolves if this process may write to it.
 * @throws NumStoreError STORE_UNAVAILABLE that says what to do
 */
export async function makeStoreDirectory(directory: string): Promise<void> {
  const path = resolve(directory);
  if ((await find(path)) === undefined) await makeDirectory(path);
  await assertReadableDirectory(path);
  await assertRights(path, constants.R_OK | constants.W_OK | constants.X_OK);
}

async function makeDirectory(path: string): Promise<void> {
  const parent = dirname(path);
  await assertReadableDirectory(parent);
  try {
    await mkdir(path);
    await syncToDisk(parent);
  } catch (cause) {
    throw unavailable(
      `Cannot make the directory ${path}: create it, or change the owner of ${parent}`,
      cause,
    );
  }
}

/**
 * Resolves if `directory` is one.
 * @throws NumStoreError STORE_UNAVAILABLE that says what to do
 */
export async function assertReadableDirectory(directory: string): Promise<void> {
  const path = resolve(directory);
  const found = await find(path);
  if (found === undefined) {
    throw unavailable(`There is no directory ${path}: create it, or mount the volume that holds the store`);
  }
  if (!found.isDirectory())
    throw unavailable(`${path} is not a directory: name the directory that holds the store`);
}

/** Whether `directory` holds a store: a file that lmdb has not written to yet is none. */
export async function holdsStore(directory: string): Promise<boolean> {
  return ((await find(join(directory, dataFile)))?.size ?? 0) > 0;
}

/**
 * Resolves if this process may open the files in `directory` as lmdb opens them. Without this check lmdb ends the
 * process with a signal where it may not write to the file of locks.
 * @throws NumStoreError STORE_UNAVAILABLE that names the file and its owner
 */
export async function assertFileRights(directory: string, isReadOnly: boolean): Promise<void> {
  const readWrite = constants.R_OK | constants.W_OK;
  await assertFile(join(directory, dataFile), isReadOnly ? constants.R_OK : readWrite);
  // A reader writes to it as well: unlisted, it would take pages that are used anew for damage.
  const hasLocks = await assertFile(join(directory, lockFile), readWrite, isReadOnly);
  if (!hasLocks) await makeLockFile(directory);
}

/**
 * Whether there is a file at `path`, which this process may use as `mode` says.
 * @throws NumStoreError STORE_UNAVAILABLE that names its owner
 */
export async function assertFile(
  path: string,
  mode: number = constants.R_OK,
  mayLieReadOnly = false,
): Promise<boolean> {
  const found = await find(path);
  if (found === undefined) return false;
  if (!found.isFile())
    throw unavailable(`${path} is not a file: remove it, or restore the store from a backup`);
  await assertRights(path, mode, mayLieReadOnly);
  return true;
}

async function assertRights(path: string, mode: number, mayLieReadOnly = false): Promise<void> {
  try {
    await access(path, mode);
  } catch (cause) {
    if (hasCode(cause, 'EROFS')) {
      if (mayLieReadOnly) return;
      throw unavailable(`${path} is on a read-only file system: mount it for writing`, cause);
    }
    const verb = (mode & constants.W_OK) === 0 ? 'read' : 'write to';
    const owner = (await stat(path)).uid;
    const user = process.getuid?.();
    throw unavailable(
      `This user may not ${verb} ${path}: it belongs to user ${owner}, and this is user ${user}. ` +
        'Change its owner or its mode',
      cause,
    );
  }
}

/** As large as lmdb makes it. */
const lockFileBytes = 8272;

/**
 * Makes the file of locks for the owner of the directory, with room on the disk. lmdb would make it for this process'
 * user, who may be root, and the server's user could then open the store no more. It would make it without room, too:
 * on a full disk, the first lock then ends the process with a signal.
 */
async function makeLockFile(directory: string): Promise<void> {
  const path = join(directory, lockFile);
  const owner = await stat(directory);
  try {
    await writeFile(path, Buffer.alloc(lockFileBytes), { flag: 'wx', mode: owner.mode & fileModeMask });
    // The mask of this process may have taken rights away.
    await chmod(path, owner.mode & fileModeMask);
  } catch (cause) {
    if (hasCode(cause, 'EEXIST')) return;
    // Where this user can make none, lmdb reads without one: there is no writer either, or it would be there.
    if (['EACCES', 'EPERM', 'EROFS'].some((code) => hasCode(cause, code))) return;
    await rm(path, { force: true });
    throw unavailable(`Cannot make ${path}: is there room?`, cause);
  }
  await giveTo(owner, path);
}

/** Less than this is no room: a write that was cut short has taken all there was. */
const roomBytesMin = 65_536;

/** Whether the disk of `directory` takes more. */
export async function hasRoom(directory: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize >= roomBytesMin;
}

/** Makes `path` belong to the owner of something else. Only root can; what others make stays their own. */
export async function giveTo({ uid, gid }: Stats, path: string): Promise<void> {
  try {
    await chown(path, uid, gid);
  } catch (cause) {
    if (!hasCode(cause, 'EPERM')) throw unavailable(`Cannot give ${path} to user ${uid}`, cause);
  }
}

/** What has been made in a directory outlasts a power cut only once the directory is on disk as well. */
export async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** `undefined` only where there is nothing: what cannot be looked at is no empty place. */
async function find(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return undefined;
    throw unavailable(`Cannot look at ${path}: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
}

/** Whether the system call that failed answered `code`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
