import { createServer, type Server, type Socket } from 'node:net';

/**
 * What a server on node:net costs at the least: it looks for the ends of requests and answers each with the same bytes.
 * It knows no HTTP/2 beyond that, decodes nothing, and stores nothing.
 */

const frameHeaderBytes = 9;
const prefaceBytes = 24;
const endStream = 1;
const Type = { data: 0, headers: 1, settings: 4, windowUpdate: 8 } as const;

function frame(type: number, flags: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(frameHeaderBytes);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  return Buffer.concat([header, payload]);
}

function literal(name: string, value: string): Buffer {
  const lengthOf = (text: string): string => String.fromCharCode(text.length);
  return Buffer.from(`\0${lengthOf(name)}${name}${lengthOf(value)}${value}`, 'latin1');
}

/** Status 200, the SetNumResponse with the total 7, and grpc-status 0. */
const frames = [
  frame(Type.headers, 4, Buffer.concat([Buffer.from([0x88]), literal('content-type', 'application/grpc')])),
  frame(Type.data, 0, Buffer.from([0, 0, 0, 0, 2, 8, 7])),
  frame(Type.headers, 5, literal('grpc-status', '0')),
];
const answer = Buffer.concat(frames);
/** Where the stream's id goes in each of the frames. */
const idPlaces = frames.map((_, index) => Buffer.concat(frames.slice(0, index)).length + 5);
/** Settings, and a window that no run exhausts. */
const greeting = Buffer.concat([
  frame(Type.settings, 0, Buffer.alloc(0)),
  frame(Type.settings, 1, Buffer.alloc(0)),
  frame(Type.windowUpdate, 0, Buffer.from('7fff0000', 'hex')),
]);

/** The ids of the requests that end in `chunk`; frames come whole, as they do over the loopback interface. */
function endedStreams(chunk: Buffer, start: number): number[] {
  const ids: number[] = [];
  for (
    let at = start;
    at + frameHeaderBytes <= chunk.length;
    at += frameHeaderBytes + chunk.readUIntBE(at, 3)
  ) {
    if (chunk[at + 3] === Type.data && chunk[at + 4] === endStream) ids.push(chunk.readUInt32BE(at + 5));
  }
  return ids;
}

function answerEach(ids: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(ids.length * answer.length);
  for (const [index, id] of ids.entries()) {
    const at = index * answer.length;
    bytes.set(answer, at);
    for (const place of idPlaces) bytes.writeUInt32BE(id, at + place);
  }
  return bytes;
}

function serve(socket: Socket): void {
  let hasPreface = false;
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    const ids = endedStreams(chunk, hasPreface ? 0 : prefaceBytes);
    if (!hasPreface) socket.write(greeting);
    hasPreface = true;
    if (ids.length > 0) socket.write(answerEach(ids));
  });
}

export function createBareServer(): Server {
  return createServer({ noDelay: true }, serve);
}
