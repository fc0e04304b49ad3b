import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { skipWithout } from '../../support/foreign.ts';

const execute = promisify(execFile);

/** Where a program is: on the PATH, or where Go puts what it installs. */
export function findTool(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), `${process.env['HOME'] ?? ''}/go/bin`];
  return folders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path));
}

/** The python3 that has these modules. */
export function findPython(...modules: readonly string[]): string | undefined {
  return ['python3', '/usr/bin/python3'].find((python) => {
    try {
      execFileSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Options of a test that needs `tool`; without it the test is skipped, and says what to install.
 */
export function needs(tool: string | undefined, remedy: string): { skip: string | false; timeout: number } {
  const kind = remedy.startsWith('go install') ? 'go-peers' : 'debian-peers';
  return { skip: skipWithout(kind, tool !== undefined, remedy), timeout: 60_000 };
}

/** What a program says on stdout and stderr; rejects if it fails. */
export async function run(program: string | undefined, args: readonly string[], input = ''): Promise<string> {
  const child = execute(program ?? '', args, { maxBuffer: 1 << 28 });
  child.child.stdin?.end(input);
  const { stdout, stderr } = await child;
  return stdout + stderr;
}
