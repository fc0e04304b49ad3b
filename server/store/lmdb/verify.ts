import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { runsTypeScript, siblingModule } from '../../../thread/start.ts';
import { type ErrorCode, NumStoreError } from '../../domain/errors.ts';
import { unavailable } from '../ledger.ts';
import type { StoreStats } from '../store.ts';
import { assertFile, assertReadableDirectory, dataFile, hasRoom, holdsStore } from './directory.ts';
import { assertLmdbVersion, corrupt, headBytes } from './format.ts';
import type { Progress } from './scan.ts';

/** Even a slow disk reads its file within this; a check that takes longer runs in circles. */
const checkMsMin = 60_000;
const checkBytesPerMs = 5_000;

/**
 * Reads the whole store in `directory` in a process of its own, and compares its total with the sum of its values.
 * The store may be in use meanwhile. A check that takes longer than two seconds tells how far it is.
 * @throws NumStoreError STORE_UNAVAILABLE, STORE_CORRUPT
 */
export async function verifyLmdbStore(
  directory: string,
  onProgress: (progress: Progress) => void = () => undefined,
): Promise<StoreStats> {
  await assertReadableDirectory(directory);
  if (!(await holdsStore(directory))) throw unavailable(`There is no store in ${directory}`);
  const size = await readSize(join(directory, dataFile));
  const check = fileURLToPath(siblingModule('check', import.meta.url));
  const child = spawn(process.execPath, [...loaderFor(check), check, directory], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: checkMsMin + Math.ceil(size / checkBytesPerMs),
    killSignal: 'SIGKILL',
  });
  let verdict: Verdict | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const report: Report = JSON.parse(line);
    if (report.kind === 'progress') onProgress({ keys: report.keys, of: report.of });
    else verdict = report;
  });
  let trouble = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    trouble += text;
  });
  const [code, signal]: (number | string | null)[] = await once(child, 'close');
  if (signal !== null) {
    if (!(await hasRoom(directory)))
      throw unavailable(`Reading ${directory} ended with ${signal} on a full disk: make room`);
    throw corrupt(`reading it ended with ${signal}, so the file is damaged or truncated`);
  }
  if (verdict === undefined)
    throw unavailable(`The check of ${directory} failed with code ${code}: ${trouble.trim()}`);
  return readVerdict(verdict);
}

/** The size of a data file that this version of lmdb has written. */
async function readSize(path: string): Promise<number> {
  await assertFile(path);
  const handle = await open(path);
  try {
    const { buffer } = await handle.read(Buffer.alloc(headBytes));
    assertLmdbVersion(buffer);
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

function readVerdict(verdict: Verdict): StoreStats {
  if (verdict.kind === 'fault') throw new NumStoreError(verdict.code, verdict.message);
  return { keys: verdict.keys, total: BigInt(verdict.total), revision: BigInt(verdict.revision) };
}

/** What Node needs to run `file`: sources need tsx before Node 22.18. */
function loaderFor(file: string): string[] {
  return !file.endsWith('.ts') || runsTypeScript ? [] : ['--import', import.meta.resolve('tsx')];
}

/** What the process that checks a store reports: integers in decimal, since JSON has no BigInt. */
export type Report = Verdict | ({ readonly kind: 'progress' } & Progress);

type Verdict =
  | { readonly kind: 'sound'; readonly keys: number; readonly total: string; readonly revision: string }
  | { readonly kind: 'fault'; readonly code: ErrorCode; readonly message: string };
