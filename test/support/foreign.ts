import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Tools that CI installs itself may not be missing there: a skip would hide a broken installation. */
const mayBeMissing = process.env['NUMSTORE_REQUIRE_TOOLS'] === undefined;

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

/** A reason to skip a test whose `tool` is missing; none where it has to be there. */
export function skipWithout(tool: string | undefined, remedy: string): string | false {
  if (tool !== undefined) return false;
  if (!mayBeMissing) throw new Error(`Expected the tool to be installed: ${remedy}`);
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
