import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type CompiledServer, openCompiledServer } from '../compiled-server.ts';

/** A server to attack. */
export interface Subject {
  readonly name: string;
  /** How long it may take to be as it was, in milliseconds. */
  readonly settleWithinMs: number;
  /** Starts it anew, in a process of its own. */
  open(): Promise<CompiledServer>;
}

/** What the limits of the attacks presume: answers of 8 MB. */
const flags = ['--max-n', '3100000'];

/** Whoever gives no sign of life has been cut off by then, and garbage collected. */
const settleWithinMs = 35_000;
/** Where nothing is ever cut off, more patience changes nothing. */
const settleWithinMsBefore = 10_000;

/** grpc-js as it comes, and ours on both transports; `file` is our server, compiled. */
export function subjects(file: string): readonly Subject[] {
  const ours = (transport: string): Subject => ({
    name: transport,
    settleWithinMs,
    open: () => openCompiledServer(file, ['--transport', transport, '--metrics-port', '0', ...flags]),
  });
  return [
    { name: 'defaults', settleWithinMs: settleWithinMsBefore, open: openBefore },
    ours('grpc-js'),
    ours('native'),
  ];
}

async function openBefore(): Promise<CompiledServer> {
  const file = fileURLToPath(new URL('./before.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  // However this process ends, the server does not outlive it.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const [line]: unknown[] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended,
  ]);
  if (typeof line !== 'string' || child.pid === undefined) throw new Error('Expected a server that listens');
  const { port }: { port: number } = JSON.parse(line);
  return {
    port,
    pid: child.pid,
    async close() {
      kill();
      await ended;
      process.removeListener('exit', kill);
    },
  };
}
