/** Python with grpcio, where it is installed: the language in which the exercise was set. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a note says where there is no such Python. */
export const pythonMissing = 'Python left out: needs the packages python3-grpcio and python3-grpc-tools';

/** A Python and the code that it has generated from numstore.proto. */
export interface Python {
  readonly program: string;
  /** The generated code; the first argument of every script in bench/peers/python that speaks gRPC. */
  readonly folder: string;
  /** Deletes the folder. */
  close(): void;
}

/** Generates the code with the first Python that has grpcio; `undefined` where none has. */
export function openPython(): Python | undefined {
  // Debian's grpcio belongs to /usr/bin/python3, which need not be the first on the PATH.
  const program = ['python3', '/usr/bin/python3'].find(hasGrpc);
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'numstore-bench-'));
  const outputs = [`--python_out=${folder}`, `--grpc_python_out=${folder}`];
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  // However this process ends, the folder does not outlive it.
  process.once('exit', remove);
  execFileSync(program, ['-m', 'grpc_tools.protoc', '-I.', ...outputs, 'numstore.proto'], { cwd: root });
  const close = (): void => {
    remove();
    process.removeListener('exit', remove);
  };
  return { program, folder, close };
}

/** The path of a script in bench/peers/python. */
export function pythonScript(name: string): string {
  return join(root, 'bench/peers/python', name);
}

function hasGrpc(program: string): boolean {
  try {
    execFileSync(program, ['-c', 'import grpc, grpc_tools'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
