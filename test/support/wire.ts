import {
  Client,
  type ClientUnaryCall,
  credentials,
  Metadata,
  type ServiceError,
  type StatusObject,
} from '@grpc/grpc-js';
import type { FactResponse } from '../../generated/numstore.ts';
import { NumStoreClient } from '../../generated/numstore.ts';

const options = { 'grpc.enable_http_proxy': 0, 'grpc.use_local_subchannel_pool': 1 } as const;

/** What came back: the reply's bytes, or the error of gRPC. */
type RawReply =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly code: number; readonly details: string; readonly metadata: Metadata };

/** The generated client, with promises; an error of gRPC is a rejection. */
export interface Wire {
  setNum(key: string, value: bigint): Promise<bigint>;
  fact(key: string): Promise<FactResponse>;
  /** Sends bytes as they are. */
  raw(path: string, bytes: Uint8Array, deadlineMs?: number): Promise<RawReply>;
  /** Asks for the trailer `numstore-timing` of a call; the value of a SetNum is 1. */
  timing(call: 'setNum' | 'fact', key: string): Promise<string>;
  close(): void;
}

export function connect(address: string): Wire {
  const client = new NumStoreClient(address, credentials.createInsecure(), options);
  const bare = new Client(address, credentials.createInsecure(), options);
  return {
    setNum: (key, value) =>
      new Promise((resolve, reject) => {
        client.setNum({ key, value }, (error, reply) => (error ? reject(error) : resolve(reply.total)));
      }),
    fact: (key) =>
      new Promise((resolve, reject) => {
        client.fact({ key }, (error, reply) => (error ? reject(error) : resolve(reply)));
      }),
    raw: (path, bytes, deadlineMs = 30_000) =>
      new Promise((resolve) => {
        const asIs = (value: Buffer): Buffer => value;
        const done = (error: ServiceError | null, reply?: Buffer): void => {
          if (error === null) resolve({ ok: true, bytes: reply ?? Buffer.alloc(0) });
          else resolve({ ok: false, code: error.code, details: error.details, metadata: error.metadata });
        };
        const deadline = Date.now() + deadlineMs;
        bare.makeUnaryRequest(path, asIs, asIs, Buffer.from(bytes), { deadline }, done);
      }),
    timing: (name, key) =>
      new Promise((resolve) => {
        const metadata = new Metadata();
        metadata.set('numstore-timing', '1');
        const ignore = (): void => undefined;
        const call: ClientUnaryCall =
          name === 'setNum'
            ? client.setNum({ key, value: 1n }, metadata, ignore)
            : client.fact({ key }, metadata, ignore);
        call.on('status', (status: StatusObject) => {
          resolve(String(status.metadata.get('numstore-timing')[0]));
        });
      }),
    close: () => {
      client.close();
      bare.close();
    },
  };
}
