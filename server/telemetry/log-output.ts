import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { isatty } from 'node:tty';

/** Where the lines of the log go. It never throws, never blocks, and never keeps the process. */
export interface LogOutput {
  write(line: string): void;
  /** Lines that could not be written. */
  readonly lostLines: number;
  /** Writes what waits, for at most `flushMs`. Later lines are lost. */
  close(): Promise<void>;
}

/** Where one line goes. It may throw. */
interface Destination {
  write(line: string): void;
  close(): Promise<void>;
}

const stdin = 0;
const stdout = 1;
const stderr = 2;
/** What a pipe may owe: a reader that is behind gets all, one that has stopped costs no more. */
const waitingBytesMax = 2 ** 20;
const flushMs = 500;

/** The standard output, whatever it is and whatever becomes of it. */
export function openLogOutput(): LogOutput {
  const terminals = [stdin, stdout, stderr].filter((fd) => isatty(fd));
  process.once('exit', () => leaveClosed(terminals));
  let lostLines = 0;
  const lose = (error: unknown): void => {
    if (lostLines++ === 0) tellOnce(error);
  };
  const destination = isPipe() ? new PipeDestination(lose) : new FileDestination();
  return {
    write(line) {
      try {
        destination.write(line);
      } catch (error) {
        lose(error);
      }
    },
    get lostLines() {
      return lostLines;
    },
    close: () => destination.close(),
  };
}

/** A file or a terminal takes a line at once, or fails. */
class FileDestination implements Destination {
  readonly #fd = withoutBlocking(stdout);

  write(line: string): void {
    const bytes = Buffer.from(line);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
  }

  async close(): Promise<void> {}
}

/** A pipe or socket is written without blocking: its reader may have stopped. */
class PipeDestination implements Destination {
  readonly #socket = new Socket({ fd: withoutBlocking(stdout), readable: false, writable: true });

  constructor(onError: (error: unknown) => void) {
    this.#socket.on('error', onError);
    this.#socket.unref();
  }

  write(line: string): void {
    if (!this.#socket.writable) throw new Error('The reader has gone');
    if (this.#socket.writableLength > waitingBytesMax) throw new Error('The reader has stopped');
    this.#socket.write(line);
  }

  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    const timer = setTimeout(() => this.#socket.destroy(), flushMs);
    await new Promise((resolve) => this.#socket.once('close', resolve).end());
    clearTimeout(timer);
  }
}

function isPipe(): boolean {
  const stat = fstatSync(stdout);
  return stat.isFIFO() || stat.isSocket();
}

/**
 * The terminal or pipe `fd`, opened anew so that no write waits for its reader: other programs share
 * the one that the process was started with. Any other file as it is.
 */
function withoutBlocking(fd: number): number {
  if (!isatty(fd) && !fstatSync(fd).isFIFO()) return fd;
  try {
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    // Another system, or the pipe of another user.
    return fd;
  }
}

/** Closes terminals that have gone: Node resets them at its end, and aborts if it cannot. */
function leaveClosed(terminals: readonly number[]): void {
  for (const fd of terminals) if (!isatty(fd)) closeSync(fd);
}

function tellOnce(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  try {
    writeSync(
      withoutBlocking(stderr),
      `The log cannot be written (${reason}): the server goes on and counts lost lines in numstore_log_lines_lost_total\n`,
    );
  } catch {
    // There is no other place to say it.
  }
}
