/**
 * As little of a gRPC client as there can be, on node:http2: what a call costs here is the same for all servers, and
 * the less it is, the more of the time shown is the server's.
 */
import { type ClientHttp2Session, connect } from 'node:http2';

export interface GrpcConnection {
  /** Resolves with the first message of the answer; rejects if there is none, or if the status is not OK. */
  call(path: string, request: Uint8Array): Promise<Buffer>;
  close(): void;
}

/** No call of a benchmark takes this long: a server that does not answer fails the run. */
const callWithinMs = 120_000;

export function openGrpc(port: number): GrpcConnection {
  const session = connect(`http://127.0.0.1:${port}`);
  // Each call that was under way fails by itself.
  session.on('error', () => undefined);
  return { call: (path, request) => call(session, path, request), close: () => session.destroy() };
}

function call(session: ClientHttp2Session, path: string, request: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    // What follows the first message is received, and dropped: keeping it would cost what the servers need.
    let head = Buffer.alloc(0);
    let status: unknown;
    let hasEnded = false;
    const settle = (): void => {
      if (!hasEnded || status === undefined) return;
      const message = firstMessage(head);
      if (status === '0' && message !== undefined) resolve(message);
      else reject(new Error(`${path}: status ${String(status)}`));
    };
    stream.setTimeout(callWithinMs, () => stream.destroy(new Error(`${path}: no answer`)));
    stream.on('data', (part: Buffer) => {
      if (firstMessage(head) === undefined) head = Buffer.concat([head, part]);
    });
    stream.once('response', (headers) => {
      status = headers['grpc-status'];
    });
    stream.once('trailers', (headers) => {
      status = headers['grpc-status'];
      settle();
    });
    stream.once('end', () => {
      hasEnded = true;
      settle();
    });
    stream.once('error', reject);
    stream.once('close', () => reject(new Error(`${path}: closed without a status`)));
    stream.end(frame(request));
  });
}

function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** The first message of the body so far, if all of it is there. */
function firstMessage(body: Buffer): Buffer | undefined {
  if (body.length < 5) return undefined;
  const end = 5 + body.readUInt32BE(1);
  return body.length < end ? undefined : body.subarray(5, end);
}
