import { credentials, Metadata, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import type {
  AddNumResponse,
  DeleteNumResponse,
  GetNumResponse,
  ListNumsRequest,
  Num,
  Stats,
} from '../../generated/numstore.ts';
import { NumStoreClient, NumStoreExtendedClient } from '../../generated/numstore.ts';

/** An answer, and the number of the write if there was one. */
interface Revised<Reply> {
  readonly reply: Reply;
  readonly revision: bigint | undefined;
}

/** The extended service with promises; every write asks for its revision. */
export interface Extended {
  set(key: string, value: bigint): Promise<Revised<{ total: bigint }>>;
  add(key: string, delta: bigint): Promise<Revised<AddNumResponse>>;
  delete(key: string): Promise<Revised<DeleteNumResponse>>;
  get(key: string): Promise<GetNumResponse>;
  list(query?: Partial<ListNumsRequest>): Promise<Num[]>;
  stats(): Promise<Stats>;
  close(): void;
}

type Callback<Reply> = (error: ServiceError | null, reply: Reply) => void;
interface Emitter {
  on(event: 'status', listener: (status: StatusObject) => void): unknown;
}

const options = { 'grpc.enable_http_proxy': 0, 'grpc.use_local_subchannel_pool': 1 } as const;

export function connectExtended(address: string): Extended {
  const client = new NumStoreExtendedClient(address, credentials.createInsecure(), options);
  const base = new NumStoreClient(address, credentials.createInsecure(), options);
  return {
    set: (key, value) => revised((metadata, done) => base.setNum({ key, value }, metadata, done)),
    add: (key, delta) => revised((metadata, done) => client.addNum({ key, delta }, metadata, done)),
    delete: (key) => revised((metadata, done) => client.deleteNum({ key }, metadata, done)),
    get: (key) => plain((done) => client.getNum({ key }, done)),
    stats: () => plain((done) => client.getStats({}, done)),
    list: async (query = {}) => {
      const entries: Num[] = [];
      for await (const entry of client.listNums({ prefix: '', startAfter: '', limit: 0n, ...query })) {
        entries.push(entry);
      }
      return entries;
    },
    close: () => {
      client.close();
      base.close();
    },
  };
}

function plain<Reply>(call: (done: Callback<Reply>) => unknown): Promise<Reply> {
  return new Promise((resolve, reject) => {
    call((error, reply) => (error ? reject(error) : resolve(reply)));
  });
}

function revised<Reply>(
  call: (metadata: Metadata, done: Callback<Reply>) => Emitter,
): Promise<Revised<Reply>> {
  const metadata = new Metadata();
  metadata.set('numstore-revision', '1');
  return new Promise((resolve, reject) => {
    let reply: Reply | undefined;
    const emitter = call(metadata, (error, answer) => {
      if (error) reject(error);
      else reply = answer;
    });
    // The status, with the trailers, comes after the reply.
    emitter.on('status', ({ metadata: trailers }) => {
      const [number] = trailers.get('numstore-revision');
      if (reply !== undefined) {
        resolve({ reply, revision: number === undefined ? undefined : BigInt(number.toString()) });
      }
    });
  });
}
