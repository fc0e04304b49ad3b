import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** What CI has installed itself may not be missing there: a skip would hide a broken installation. */
const required = (process.env['NUMSTORE_REQUIRED_TOOLS'] ?? '').split(' ');

/** The first python3 that has grpcio and its code generator; Debian's packages belong to /usr/bin/python3. */
export function pythonWithGrpc(): string | undefined {
  return ['python3', '/usr/bin/python3'].find((python) =>
    succeeds(python, ['-c', 'import grpc, grpc_tools']),
  );
}

/** grpcurl, where it is installed: on the PATH or where Go puts it. */
export function grpcurl(): string | undefined {
  const goBin = `${process.env['HOME'] ?? ''}/go/bin/grpcurl`;
  return succeeds('grpcurl', ['-version']) ? 'grpcurl' : existsSync(goBin) ? goBin : undefined;
}

/** Where Debian's prometheus is installed: the linter and the server. */
export function hasPrometheus(): boolean {
  return succeeds('promtool', ['--version']) && succeeds('prometheus', ['--version']);
}

export function hasKubectl(): boolean {
  return succeeds('kubectl', ['version', '--client']);
}

/** A reason to skip tests that need a tool, or `false`: it is there. It throws where the tool has to be there. */
export function skipWithout(name: string, isThere: boolean, remedy: string): string | false {
  if (isThere) return false;
  if (required.includes(name)) throw new Error(`Expected ${name} to be installed: ${remedy}`);
  return remedy;
}

function succeeds(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
