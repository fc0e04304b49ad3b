import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const isSource = import.meta.url.endsWith('.ts');

/** The top folder of the project: two up from the sources of the tests, three up from what they are compiled to. */
export const root = fileURLToPath(new URL(isSource ? '../..' : '../../..', import.meta.url));

/** The programs as they ship for compiled tests, which start in a third of the time; for tests that run as sources, sources. */
export const serverProgram = program('server/main');
export const clientProgram = program('client/main');
export const healthCheckProgram = program('server/health-check');

function program(name: string): readonly [program: string, ...args: string[]] {
  return isSource
    ? [process.execPath, '--import', 'tsx', `${name}.ts`]
    : [process.execPath, `dist/${name}.js`];
}

export interface Output {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** After this the process is killed, and the run fails. @default 60 000 */
  readonly guardMs?: number;
}

/** Runs a program to its end. It fails only if the program does not end. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Output> {
  const child = start(command, options);
  const stdout = collect(child, 'stdout');
  const stderr = collect(child, 'stderr');
  const guardMs = options.guardMs ?? 60_000;
  const guard = setTimeout(() => child.kill('SIGKILL'), guardMs);
  const [code, signal] = await once(child, 'close');
  clearTimeout(guard);
  if (signal === 'SIGKILL') throw new Error(`${command.join(' ')} did not end within ${guardMs} ms`);
  return { code, signal, stdout: stdout(), stderr: stderr() };
}

/** What has been started and has not ended: a test file that is cut short takes it along. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a program with piped output. The caller ends it. */
export function start(command: readonly string[], options: RunOptions = {}): ChildProcess {
  const [program, ...args] = command;
  if (program === undefined) throw new TypeError('Expected a program');
  const child = spawn(program, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Gathers what `child` prints; the answer is what there is so far. */
export function collect(child: ChildProcess, stream: 'stdout' | 'stderr'): () => string {
  let text = '';
  child[stream]?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return () => text;
}
