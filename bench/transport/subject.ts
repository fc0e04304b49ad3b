import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';

/** A server that runs to be measured. */
export interface Subject {
  readonly name: string;
  readonly kind: Recipe['kind'];
  readonly port: number;
  readonly pid: number;
  readonly scheme: 'http' | 'https';
  /** What it says of its version. */
  readonly version: string;
  stop(): Promise<void>;
}

/** How to start one. */
export interface Recipe {
  readonly name: string;
  /** Ours, ours in another way, one that others wrote and the best of which we compare ourselves with, or what a machine can do. */
  readonly kind: 'ours' | 'variant' | 'peer' | 'limit';
  readonly command: readonly [string, ...string[]];
  readonly scheme?: 'http' | 'https';
}

const startMs = 10_000;
/** Between two looks whether a server accepts: short beside what the fastest takes to start. */
const lookMs = 10;

/** Starts a server and waits until it listens. */
export async function startSubject(
  { name, kind, command, scheme = 'http' }: Recipe,
  port: number,
): Promise<Subject> {
  const [program, ...args] = command.map((word) => word.replace('PORT', String(port)));
  const child = spawn(program ?? '', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  // However this process ends, the server does not outlive it.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  // A program that cannot be started has no process, which the wait below sees.
  child.once('error', () => {});
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await untilListening(child, port);
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${name} has no process`);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    kill();
    await exited;
    process.removeListener('exit', kill);
  };
  return { name, kind, port, pid, scheme, version: said.trim(), stop };
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  const end = performance.now() + startMs;
  while (performance.now() < end && child.pid !== undefined && child.exitCode === null) {
    if (await accepts(port)) return;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  child.kill('SIGKILL');
  throw new Error(`Nothing listens on port ${port}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

const microsecondsPerTick = 1_000_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** The CPU time that a process has used, user and system, in microseconds. */
export function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may hold spaces; the fields after it are numbered from the third.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * microsecondsPerTick;
}

/** The resident memory of a process, in bytes. */
export function residentBytes(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * 1_024;
}

/** Whether a program is there: a path, or a name on the PATH. */
export function isInstalled(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin'];
  return program.includes('/')
    ? existsSync(program)
    : folders.some((folder) => existsSync(`${folder}/${program}`));
}
