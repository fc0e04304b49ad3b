/** The servers that are compared, each in a process of its own on the loopback interface. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCompiledServer } from '../compiled-server.ts';
import { openLineProcess } from '../peers/line-process.ts';
import { openPython, pythonMissing, pythonScript } from '../peers/python.ts';
import type { BigCall } from './calls.ts';

export interface BenchServer {
  readonly name: string;
  readonly version: string;
  readonly port: number;
  readonly bigCall: BigCall;
  close(): Promise<void>;
}

export async function openOurs(name: string, file: string, flags: readonly string[]): Promise<BenchServer> {
  const server = await openCompiledServer(file, flags);
  return {
    name,
    version: `this commit, compiled${flags.map((flag) => ` ${flag}`).join('')}`,
    port: server.port,
    bigCall: 'FactExact',
    close: server.close,
  };
}

/** The exercise's own server, or why it is not there. */
export async function openPythonServer(): Promise<BenchServer | string> {
  const python = openPython();
  if (python === undefined) return pythonMissing;
  return openPeer('Python', python.program, [pythonScript('server.py'), python.folder], {}, python.folder);
}

/** The same server on grpc-go, once per set of environment variables, or why it is not there. */
export async function openGo(
  variants: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<readonly BenchServer[] | string> {
  const directory = mkdtempSync(join(tmpdir(), 'numstore-bench-'));
  const binary = join(directory, 'server');
  const cwd = fileURLToPath(new URL('../peers/go', import.meta.url));
  if (!succeeds('go', ['version'])) return 'grpc-go left out: needs the package golang-go';
  try {
    execFileSync('go', ['build', '-o', binary, '.'], { cwd, stdio: 'pipe' });
  } catch (error) {
    rmSync(directory, { recursive: true });
    const reason = error instanceof Error ? error.message.replaceAll(/\s+/g, ' ').slice(0, 300) : '';
    return `grpc-go left out: needs Go as new as bench/peers/go/go.mod says, and the modules named there (${reason})`;
  }
  const servers: BenchServer[] = [];
  for (const [name, env] of Object.entries(variants)) {
    servers.push(await openPeer(name, binary, [], env, directory));
  }
  return servers;
}

/** Starts a peer, which prints its port and its version; `directory` goes when it ends. */
async function openPeer(
  name: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  directory: string,
): Promise<BenchServer> {
  const child = openLineProcess(command, args, env);
  const port = Number(await child.next());
  const version = await child.next();
  return {
    name,
    version,
    port,
    bigCall: 'Fact',
    close: async () => {
      await child.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function succeeds(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
