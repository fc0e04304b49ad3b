/** Our server as users run it: compiled, in a process of its own. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface CompiledServer {
  readonly port: number;
  /** Where it shows its metrics, if its flags say so. */
  readonly metricsPort?: number | undefined;
  readonly pid: number;
  close(): Promise<void>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const startWithinMs = 30_000;
const endWithinMs = 15_000;

/** Compiles the server, and answers the file to run. */
export function buildServer(): string {
  execFileSync('npm', ['run', 'build', '--silent'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  return fileURLToPath(new URL('../dist/server/main.js', import.meta.url));
}

/**
 * Starts the server on a free port of the loopback interface; resolves when it listens.
 * @param node the Node that runs it
 */
export async function openCompiledServer(
  file: string,
  flags: readonly string[] = [],
  node: string = process.execPath,
): Promise<CompiledServer> {
  const args = [file, '--port', '0', '--host', '127.0.0.1', ...flags];
  const child = spawn(node, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  // However this process ends, the server does not outlive it.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const guard = setTimeout(kill, startWithinMs);
  const { port, metricsPort } = await readPorts(createInterface({ input: child.stdout }));
  clearTimeout(guard);
  if (port === undefined || child.pid === undefined) throw new Error(`Expected ${file} to listen`);
  return {
    port,
    metricsPort,
    pid: child.pid,
    close: async () => {
      child.kill('SIGTERM');
      const endGuard = setTimeout(kill, endWithinMs);
      await ended;
      clearTimeout(endGuard);
      process.removeListener('exit', kill);
    },
  };
}

interface Ports {
  readonly port: number | undefined;
  readonly metricsPort: number | undefined;
}

/** Reads the log until it names the port, and goes on reading so that the server can go on writing. */
function readPorts(lines: ReturnType<typeof createInterface>): Promise<Ports> {
  return new Promise((resolve) => {
    let metricsPort: number | undefined;
    lines.on('line', (line) => {
      const { event, port }: { event?: unknown; port?: unknown } = JSON.parse(line);
      if (typeof port !== 'number') return;
      if (event === 'metrics') metricsPort = port;
      if (event === 'listening') resolve({ port, metricsPort });
    });
    lines.once('close', () => resolve({ port: undefined, metricsPort }));
  });
}
