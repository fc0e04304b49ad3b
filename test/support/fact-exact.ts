import { createHash } from 'node:crypto';
import { connect as connectHttp2 } from 'node:http2';
import { credentials, type Metadata, Metadata as NewMetadata, type StatusObject } from '@grpc/grpc-js';
import { type FactExactChunk, FactExactRequest, NumStoreExtendedClient } from '../../generated/numstore.ts';

/** All that came of one FactExact. */
interface ExactReply {
  readonly bytes: Buffer;
  readonly first: FactExactChunk | undefined;
  readonly chunkLengths: readonly number[];
  /** The SHA-256 that the last message carries. */
  readonly sha256: Buffer;
  readonly status: StatusObject;
}

/** A client of FactExact for tests: it shares nothing with the client of the project. */
export interface ExactClient {
  ask(key: string, options?: { deadlineMs?: number; metadata?: Record<string, string> }): Promise<ExactReply>;
  close(): void;
}

export function connectExact(address: string): ExactClient {
  const client = new NumStoreExtendedClient(address, credentials.createInsecure(), {
    'grpc.enable_http_proxy': 0,
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_receive_message_length': 1 << 20,
  });
  return {
    ask(key, { deadlineMs = 120_000, metadata = {} } = {}) {
      const call = client.factExact({ key }, toMetadata(metadata), { deadline: Date.now() + deadlineMs });
      const chunks: FactExactChunk[] = [];
      call.on('data', (chunk: FactExactChunk) => chunks.push(chunk));
      return new Promise((resolve) => {
        // The status comes as an error, too; this one event has it in any case.
        call.on('error', () => undefined);
        call.on('status', (status: StatusObject) => {
          resolve({
            bytes: Buffer.concat(chunks.map(({ chunk }) => chunk)),
            first: chunks[0],
            chunkLengths: chunks.map(({ chunk }) => chunk.length),
            sha256: chunks.at(-1)?.sha256 ?? Buffer.alloc(0),
            status,
          });
        });
      });
    },
    close: () => client.close(),
  };
}

/** A call whose reader has stopped. */
export interface StalledCall {
  /** Resolves with `true` if the server answers with a status alone, and no result. */
  readonly refused: Promise<boolean>;
  /** Reads all that there is; resolves with the status of gRPC, or `undefined` if the call was cut without one. */
  resume(): Promise<number | undefined>;
  cancel(): void;
}

/**
 * Opens a FactExact on a connection of its own and reads nothing: a client of grpc-js would go on reading into its
 * buffers, so this is bare HTTP/2, whose window of 64 KiB soon stops the server.
 * @param ca who signs the server's certificate; without it the connection is plain
 */
export function stall(address: string, key: string, timeout = '600S', ca?: string): StalledCall {
  const session =
    ca === undefined ? connectHttp2(`http://${address}`) : connectHttp2(`https://${address}`, { ca });
  session.on('error', () => undefined);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/NumStoreExtended/FactExact',
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-timeout': timeout,
  });
  let status: number | undefined;
  stream.on('error', () => undefined);
  stream.on('response', (headers) => noteStatus(headers['grpc-status']));
  stream.on('trailers', (headers) => noteStatus(headers['grpc-status']));
  const noteStatus = (value: unknown): void => {
    if (value !== undefined) status = Number(value);
  };
  const ended = new Promise<number | undefined>((resolve) => {
    stream.once('close', () => {
      session.close();
      resolve(status);
    });
  });
  const refused = new Promise<boolean>((resolve) => {
    stream.once('response', (headers) => {
      if (headers['grpc-status'] !== undefined) resolve(true);
    });
  });
  const message = FactExactRequest.encode({ key }).finish();
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([frame, message]));
  stream.pause();
  return {
    refused,
    resume: () => {
      stream.resume();
      return ended;
    },
    cancel: () => session.destroy(),
  };
}

function toMetadata(entries: Readonly<Record<string, string>>): Metadata {
  const metadata = new NewMetadata();
  for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
  return metadata;
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** n! by multiplying upwards, in hexadecimal: slow, and plainly right. */
export function factorialHex(n: number): string {
  let value = 1n;
  for (let factor = 2n; factor <= n; factor++) value *= factor;
  const hex = value.toString(16);
  return hex.length % 2 === 0 ? hex : `0${hex}`;
}
