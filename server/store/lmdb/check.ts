import { openLmdbFile } from './file.ts';
import { toReadFault } from './format.ts';
import { scan } from './scan.ts';
import type { Verdict } from './verify.ts';

/*
 * A process of its own: lmdb maps its file into memory and trusts it, so a damaged one can end the process that
 * reads it with a signal. Here that ends nothing but the check. The verdict is one line of JSON on stdout.
 */
const [directory = '.'] = process.argv.slice(2);

async function check(): Promise<Verdict> {
  try {
    const file = await openLmdbFile(directory, { readOnly: true });
    const { keys, total, revision } = scan(file);
    await file.close();
    return { kind: 'sound', keys, total: String(total), revision: String(revision) };
  } catch (error) {
    const { code, message } = toReadFault(error);
    return { kind: 'fault', code, message };
  }
}

process.stdout.write(JSON.stringify(await check()));
