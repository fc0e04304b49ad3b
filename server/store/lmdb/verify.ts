import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runsTypeScript, siblingModule } from '../../../thread/start.ts';
import { type ErrorCode, NumStoreError } from '../../domain/errors.ts';
import { unavailable } from '../ledger.ts';
import type { StoreStats } from '../store.ts';
import { assertReadableDirectory } from './directory.ts';
import { holdsStore } from './file.ts';
import { corrupt } from './format.ts';

/** Even a slow disk reads its file within this; a check that takes longer runs in circles. */
const checkMsMin = 60_000;
const checkBytesPerMs = 5_000;

/**
 * Reads the whole store in `directory` in a process of its own, and compares its total with the sum of its values.
 * The store may be in use meanwhile.
 * @throws NumStoreError STORE_UNAVAILABLE, STORE_CORRUPT
 */
export async function verifyLmdbStore(directory: string): Promise<StoreStats> {
  await assertReadableDirectory(directory);
  if (!(await holdsStore(directory))) throw unavailable(`There is no store in ${directory}`);
  const { size } = await stat(join(directory, 'data.mdb'));
  const check = fileURLToPath(siblingModule('check', import.meta.url));
  const child = spawn(process.execPath, [...loaderFor(check), check, directory], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: checkMsMin + Math.ceil(size / checkBytesPerMs),
    killSignal: 'SIGKILL',
  });
  let out = '';
  let trouble = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    trouble += text;
  });
  const [code, signal]: (number | string | null)[] = await once(child, 'close');
  if (signal !== null) throw corrupt(`reading it ended with ${signal}, so the file is damaged or truncated`);
  if (code !== 0) throw unavailable(`The check of ${directory} failed with code ${code}: ${trouble.trim()}`);
  return readVerdict(JSON.parse(out));
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
export type Verdict =
  | { readonly kind: 'sound'; readonly keys: number; readonly total: string; readonly revision: string }
  | { readonly kind: 'fault'; readonly code: ErrorCode; readonly message: string };
