/** A peer as a process that answers each line with a line. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export interface LineProcess {
  /** Sends one line and waits for the next line of the answer; rejects when the process has ended. */
  ask(line: string): Promise<string>;
  /** Waits for a line nobody asked for, such as a version at the start. */
  next(): Promise<string>;
  /** Ends its input, and the process itself if that does not end it soon. */
  close(): Promise<void>;
}

/** How long a process may take to end after its input has. */
const endWithinMs = 5000;

export function openLineProcess(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): LineProcess {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(command, [...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  // Without a listener an error of starting, or of writing to a process that has gone, would end this process; the
  // iterator below ends instead.
  child.once('error', () => {});
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`${command} has ended`);
    return line.value;
  };
  return {
    next,
    ask: (line) => {
      child.stdin.write(`${line}\n`);
      return next();
    },
    close: async () => {
      child.stdin.end();
      const guard = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
      await ended;
      clearTimeout(guard);
    },
  };
}
