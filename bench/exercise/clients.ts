/** The clients of the comparison: whole commands, as a user types them. */
import { execFile } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Python, pythonScript } from '../peers/python.ts';

export const clientNames = ['python', 'compiled', 'tsx', 'grpc-js'] as const;
export type ClientName = (typeof clientNames)[number];

/** How tables call them. */
export const clientTitles: Readonly<Record<ClientName, string>> = {
  python: "Python's",
  compiled: 'ours, compiled',
  tsx: 'ours, npx tsx',
  'grpc-js': 'ours, compiled, --client grpc-js',
};

/** A program that does the exercise's run once and ends. */
export interface Client {
  readonly name: ClientName;
  command(port: number): readonly [string, ...string[]];
}

/** One run: two figures of the client's own report, and the whole command as timed from outside, in milliseconds. */
export interface Run {
  readonly p50: number;
  readonly p99: number;
  readonly whole: number;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const execute = promisify(execFile);

/** Far more than any run takes: a client that hangs fails the benchmark. */
const runWithinMs = 60_000;

/** `npx` and what it starts take the Node that runs this, whichever comes first on the PATH. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` };

/** The clients among `names` that there are: Python's only with a Python. */
export function createClients(
  names: readonly ClientName[],
  clientFile: string,
  python: Python | undefined,
): readonly Client[] {
  const compiled = (port: number, ...flags: string[]): readonly [string, ...string[]] => [
    process.execPath,
    clientFile,
    `${port}`,
    ...flags,
  ];
  const commands: Readonly<Record<ClientName, Client['command'] | undefined>> = {
    python:
      python && ((port) => [python.program, pythonScript('exercise_client.py'), python.folder, `${port}`]),
    compiled,
    tsx: (port) => ['npx', 'tsx', 'client/main.ts', `${port}`],
    'grpc-js': (port) => compiled(port, '--client', 'grpc-js'),
  };
  return names.flatMap((name) => {
    const command = commands[name];
    return command === undefined ? [] : [{ name, command }];
  });
}

/** Runs the client once. @throws Error if it fails, which its exit code says, or prints no figures */
export async function runClient({ command }: Client, port: number): Promise<Run> {
  const { stdout, whole } = await timeCommand(command(port));
  const figure = (share: string): number => {
    const text = new RegExp(`^${share} response time: +([\\d.]+) ms`, 'm').exec(stdout)?.[1];
    if (text === undefined) throw new Error(`Expected a line "${share} response time", got\n${stdout}`);
    return Number(text);
  };
  return { p50: figure('p50'), p99: figure('p99'), whole };
}

/** What tsx costs by itself, in milliseconds. */
export async function timeTsxAlone(): Promise<number> {
  return (await timeCommand(['npx', 'tsx', '-e', '0'])).whole;
}

async function timeCommand([program, ...args]: readonly [string, ...string[]]): Promise<{
  readonly stdout: string;
  readonly whole: number;
}> {
  const options = { cwd: root, env, timeout: runWithinMs, killSignal: 'SIGKILL' } as const;
  const startedAt = performance.now();
  const { stdout } = await execute(program, args, options);
  return { stdout, whole: performance.now() - startedAt };
}
