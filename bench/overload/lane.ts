import { connect, type Socket } from 'node:net';
import {
  ACK,
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  preface,
  request,
  setting,
  Type,
  word,
} from '../../test/transport/support/frames.ts';
import { listNumsMessage, setNumMessage } from '../abuse/messages.ts';

/** The bytes of a call, as a client writes them again and again. */
interface Template {
  /** The first on a connection: its fields go into the table. */
  readonly first: Buffer;
  /** All others: the same, by its places in the table. */
  readonly next: Buffer;
  /** Where in them the stream's id is. */
  readonly idsAt: readonly number[];
}

const idInHead = 5;
const headBytes = 9;

function template(path: string, message: Buffer): Template {
  const content = data(1, message);
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  const literals = request(path).flatMap(([name, value]) => [Buffer.from([0x40]), text(name), text(value)]);
  // Of the fields in the table the latest is number 62.
  const references = Buffer.from(request(path).map((_, index, { length }) => 0x80 + 62 + length - 1 - index));
  return {
    first: Buffer.concat([frame(Type.headers, END_HEADERS, 1, Buffer.concat(literals)), content]),
    next: Buffer.concat([frame(Type.headers, END_HEADERS, 1, references), content]),
    idsAt: [idInHead, headBytes + references.length + idInHead],
  };
}

/** How many entries a call of ListNums asks for. */
export const listed = 200;

const templates = {
  /** What costs the server the least. */
  SetNum: template('/NumStore/SetNum', setNumMessage('overload', 1n)),
  /** What costs it many times that. */
  ListNums: template('/NumStoreExtended/ListNums', listNumsMessage('list.', BigInt(listed))),
} as const;
export type CallName = keyof typeof templates;

/** More streams than are ever open on one connection, from the oldest to the newest. */
const places = 65_536;
const placeOf = (streamId: number): number => ((streamId - 1) / 2) % places;
/** Of so many answers the time is kept of one. */
const keptOf = 4;

/** How a call ended: with a message, with a status alone, or reset because there are more than the server allows. */
export type End = 'served' | 'refused' | 'reset';

/** One connection that sends the same call again and again, and of the answers looks only at how they end. */
export class Lane {
  readonly #socket: Socket;
  readonly #template: Template;
  #rest: Buffer = Buffer.alloc(0);
  #nextId = 3;
  /** By the stream's place: when it was sent, and whether a message has come. */
  readonly #sentAt = new Float64Array(places);
  readonly #hasContent = new Uint8Array(places);
  /** Calls that have not been answered. */
  underWay = 0;
  /** What was sent before does not count. */
  countsFrom = 0;
  readonly counts: Record<End, number> = { served: 0, refused: 0, reset: 0 };
  /** Milliseconds from sending to the end of the answer. */
  readonly times: Record<End, number[]> = { served: [], refused: [], reset: [] };

  private constructor(socket: Socket, call: CallName) {
    this.#socket = socket;
    this.#template = templates[call];
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => {});
    const room = frame(Type.window, 0, 0, word(2 ** 31 - 65_536));
    socket.write(Buffer.concat([preface, frame(Type.settings, 0, 0, setting(4, 2 ** 30)), room]));
    socket.write(this.#template.first);
  }

  static async open(port: number, call: CallName): Promise<Lane> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Lane(socket, call);
  }

  send(count: number, now: number): void {
    const { next, idsAt } = this.#template;
    const bytes = Buffer.allocUnsafe(count * next.length);
    for (let index = 0; index < count; index++) {
      const at = index * next.length;
      next.copy(bytes, at);
      for (const idAt of idsAt) bytes.writeUInt32BE(this.#nextId, at + idAt);
      const place = placeOf(this.#nextId);
      this.#sentAt[place] = now;
      this.#hasContent[place] = 0;
      this.#nextId += 2;
    }
    this.underWay += count;
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const now = performance.now();
    let at = 0;
    while (at + headBytes <= bytes.length) {
      const end =
        at + headBytes + (((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0));
      if (end > bytes.length) break;
      this.#heed(bytes[at + 3] ?? 0, bytes[at + 4] ?? 0, bytes.readUInt32BE(at + idInHead), now);
      at = end;
    }
    this.#rest = bytes.subarray(at);
  }

  #heed(type: number, flags: number, id: number, now: number): void {
    if (type === Type.settings && flags === 0) this.#socket.write(frame(Type.settings, ACK, 0));
    const place = placeOf(id);
    if (type === Type.data) this.#hasContent[place] = 1;
    const ends = (type === Type.headers && (flags & END_STREAM) !== 0) || type === Type.reset;
    const sentAt = this.#sentAt[place] ?? 0;
    if (!ends || sentAt === 0) return;
    this.#sentAt[place] = 0;
    this.underWay -= 1;
    if (sentAt < this.countsFrom) return;
    const end = type === Type.reset ? 'reset' : this.#hasContent[place] === 1 ? 'served' : 'refused';
    this.counts[end] += 1;
    if (this.counts[end] % keptOf === 0) this.times[end].push(now - sentAt);
  }
}
