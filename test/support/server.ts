import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { collect, type Output, serverProgram, start } from './process.ts';
import { transport } from './transport.ts';

/** One line of the server's log. */
type LogLine = Readonly<Record<string, unknown>> & { readonly event: string };

/** A server process that listens. */
export interface RunningServer {
  readonly port: number;
  readonly address: string;
  readonly process: ChildProcess;
  /** The log so far. */
  readonly log: readonly LogLine[];
  /** Resolves when the log has a line of this event. */
  logged(event: string): Promise<LogLine>;
  /** Sends SIGTERM, unless a signal was sent already, and waits for the end of the process. */
  stop(): Promise<Pick<Output, 'code' | 'signal' | 'stderr'>>;
}

/** How long a server may take to start before a test gives up: ten times what it takes on a slow machine. */
const startGuardMs = 30_000;

/** The first calls of most tests may be slow, and their many servers share two cores. */
const cold = ['--warm-up', 'off'] as const;

/** Starts the real server on a free port; resolves when it listens. It starts cold unless `flags` say otherwise. */
export async function startServer(
  flags: readonly string[] = [],
  command: readonly string[] = serverProgram,
): Promise<RunningServer> {
  const child = start([...command, '--port', '0', '--transport', transport, ...cold, ...flags]);
  const stderr = collect(child, 'stderr');
  const log: LogLine[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const check of waiting) check();
  };
  const exited = once(child, 'close').then(([code, signal]) => {
    wake();
    return { code, signal, stderr: stderr() };
  });
  if (child.stdout === null) throw new TypeError('Expected a piped stdout');
  createInterface({ input: child.stdout }).on('line', (line) => {
    log.push(parseLogLine(line));
    wake();
  });

  const logged = (event: string): Promise<LogLine> =>
    new Promise((resolve, reject) => {
      const settle = (outcome: () => void): void => {
        clearTimeout(guard);
        waiting.delete(check);
        outcome();
      };
      const check = (): void => {
        const line = log.find((candidate) => candidate.event === event);
        if (line !== undefined) settle(() => resolve(line));
        else if (child.exitCode !== null || child.signalCode !== null) {
          settle(() => reject(new Error(`The server ended before "${event}": ${stderr()}`)));
        }
      };
      const guard = setTimeout(() => {
        settle(() => reject(new Error(`No "${event}" within ${startGuardMs} ms: ${stderr()}`)));
      }, startGuardMs);
      waiting.add(check);
      check();
    });

  const { port } = await logged('listening');
  if (typeof port !== 'number') throw new TypeError('Expected the port in the log');
  return {
    port,
    address: `127.0.0.1:${port}`,
    process: child,
    log,
    logged,
    stop: () => {
      if (!child.killed) child.kill('SIGTERM');
      return exited;
    },
  };
}

function parseLogLine(line: string): LogLine {
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed !== 'object' || parsed === null || !('event' in parsed)) {
    throw new TypeError(`Expected a log line with an event, got ${line}`);
  }
  return { ...parsed, event: String(parsed.event) };
}
