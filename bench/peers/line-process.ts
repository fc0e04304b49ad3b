/** A peer as a process that answers each line with a line. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export interface LineProcess {
  /** Sends one line and waits for the next line of the answer; rejects when the process has ended. */
  ask(line: string): Promise<string>;
  /** Waits for a line nobody asked for, such as a version at the start. */
  next(): Promise<string>;
  close(): Promise<void>;
}

export function openLineProcess(command: string, args: readonly string[]): LineProcess {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(command, [...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  // Without a listener an error of starting would end this process; the iterator below ends instead.
  child.once('error', () => {});
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
      await ended;
    },
  };
}
