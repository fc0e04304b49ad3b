import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { endianness } from 'node:os';
import { performance } from 'node:perf_hooks';

/** Linux's tables of the TCP connections of this network namespace. */
const tables = ['/proc/self/net/tcp', '/proc/self/net/tcp6'];

/** How long the tables count as current, in milliseconds: connections are looked at together. */
const freshMs = 500;

/** Local port, last 32 bits of the remote address, remote port, and bytes in the send queue. */
const line = /^ *\d+: [\dA-F]+:([\dA-F]{4}) [\dA-F]*([\dA-F]{8}):([\dA-F]{4}) [\dA-F]{2} ([\dA-F]{8}):/gm;

let queues: ReadonlyMap<string, number> = new Map();
let readAt = Number.NEGATIVE_INFINITY;

/**
 * How many of the bytes that were written to `socket` the peer's TCP has acknowledged. Where the kernel does not tell,
 * how many the kernel has taken.
 */
export function bytesTaken(socket: Socket): number {
  const now = performance.now();
  if (now - readAt > freshMs) {
    queues = readQueues();
    readAt = now;
  }
  const { localPort = 0, remotePort = 0, remoteAddress = '' } = socket;
  const queued = queues.get(keyOf(localPort, lastBits(remoteAddress), remotePort));
  return socket.bytesWritten - (queued ?? socket.writableLength);
}

function readQueues(): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const table of tables) {
    for (const [, local = '', address = '', remote = '', bytes = ''] of readTable(table).matchAll(line)) {
      const key = keyOf(fromHex(local), fromHex(hostOrder(address).slice(4)), fromHex(remote));
      found.set(key, fromHex(bytes));
    }
  }
  return found;
}

/** The whole table, or nothing on other systems. */
function readTable(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** Both ports and 16 bits of the address tell connections apart well enough. */
function keyOf(localPort: number, addressBits: number, remotePort: number): string {
  return `${localPort} ${addressBits} ${remotePort}`;
}

/** The last 16 bits of an address as node:net writes it. */
function lastBits(address: string): number {
  const [, third, fourth] = /(\d+)\.(\d+)$/.exec(address) ?? [];
  if (third !== undefined) return Number(third) * 256 + Number(fourth);
  return fromHex(/([\da-f]*)(?:%.*)?$/.exec(address)?.[1] ?? '');
}

/** The tables print 32 bits as a number of this machine. */
function hostOrder(hex: string): string {
  return endianness() === 'LE' ? (hex.match(/../g) ?? []).reverse().join('') : hex;
}

function fromHex(text: string): number {
  return text === '' ? 0 : Number.parseInt(text, 16);
}
