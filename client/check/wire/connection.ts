import { Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import { formatHostPort, type ServerAddress } from '../../api/address.ts';
import { NumStoreClientError, type StatusName } from '../../api/client-error.ts';
import { awaitConnection, channelOptions, createCredentials } from '../../api/connect.ts';
import type { Security } from '../../api/options.ts';
import { addToken } from '../../api/security/token.ts';

/** What came back of a call: the reply as a decoder made it, or the status of gRPC. */
export type Reply<T> =
  | { readonly kind: 'reply'; readonly value: T; readonly ms: number }
  | { readonly kind: 'status'; readonly status: StatusName; readonly details: string; readonly ms: number };

/** A connection of its own that sends bytes as they are. */
export interface Connection {
  call(path: string, bytes: Buffer, timeoutMs: number): Promise<Reply<Buffer>>;
  close(): void;
}

/**
 * Connects to a server of which nothing is known yet.
 *
 * @throws NumStoreClientError UNREACHABLE when nobody answers in time
 */
export async function openConnection(
  server: ServerAddress,
  { tls, token }: Security,
  timeoutMs: number,
): Promise<Connection> {
  const credentials = createCredentials([server], tls);
  const client = new Client(`dns:${formatHostPort(server)}`, credentials, channelOptions);
  await awaitConnection(client, { servers: [server], credentials, timeoutMs });
  const metadata = new Metadata();
  addToken(metadata, token);
  return { call: (...call) => callRaw(client, metadata, call), close: () => client.close() };
}

const asIs = (bytes: Buffer): Buffer => bytes;

function callRaw(
  client: Client,
  metadata: Metadata,
  [path, bytes, timeoutMs]: Parameters<Connection['call']>,
): Promise<Reply<Buffer>> {
  const begun = performance.now();
  const deadline = new Date(Date.now() + timeoutMs);
  return new Promise((resolve) => {
    const done = (error: ServiceError | null, value?: Buffer): void => {
      const ms = performance.now() - begun;
      if (error === null) resolve({ kind: 'reply', value: value ?? Buffer.alloc(0), ms });
      else resolve({ kind: 'status', status: statusOf(error), details: error.details, ms });
    };
    client.makeUnaryRequest(path, asIs, asIs, bytes, metadata, { deadline }, done);
  });
}

function statusOf(error: ServiceError): StatusName {
  const { code } = NumStoreClientError.from(error);
  switch (code) {
    case 'UNREACHABLE':
    case 'INVALID_OPTION':
    case 'INVALID_KEY':
    case 'INVALID_VALUE':
    case 'CLOSED':
    case 'CORRUPT':
      return 'UNKNOWN';
    default:
      return code;
  }
}
