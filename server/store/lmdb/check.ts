import { openLmdbFile } from './file.ts';
import { toReadFault } from './format.ts';
import { scan } from './scan.ts';
import type { Report } from './verify.ts';

/*
 * A process of its own: lmdb maps its file into memory and trusts it, so a damaged one can end the process that
 * reads it with a signal. Here that ends nothing but the check. Each report is one line of JSON on stdout; the last one is the verdict.
 */
const [directory = '.'] = process.argv.slice(2);

async function check(): Promise<Report> {
  try {
    const file = await openLmdbFile(directory, { readOnly: true });
    const { keys, total, revision } = scan(file, {
      onProgress: (progress) => say({ kind: 'progress', ...progress }),
    });
    await file.close();
    return { kind: 'sound', keys, total: String(total), revision: String(revision) };
  } catch (error) {
    const { code, message } = toReadFault(error);
    return { kind: 'fault', code, message };
  }
}

function say(report: Report): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

say(await check());
