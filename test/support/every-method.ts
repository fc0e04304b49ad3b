import { type ChannelCredentials, Client, credentials, Metadata, type StatusObject } from '@grpc/grpc-js';
import {
  AddNumRequest,
  DeleteNumRequest,
  FactExactRequest,
  FactRequest,
  GetNumRequest,
  GetStatsRequest,
  ListNumsRequest,
  NumStoreExtendedService,
  NumStoreService,
  SetNumRequest,
} from '../../generated/numstore.ts';

/** The key that the requests of `everyMethod` work on: it has to have a small value. */
export const sampleKey = 'sample';

/** A method of the two services, with a request that succeeds. */
export interface SampleCall {
  readonly path: string;
  /** Whether it changes something, by its description in numstore.proto. */
  readonly writes: boolean;
  readonly request: Uint8Array;
}

type MethodName = keyof typeof NumStoreService | keyof typeof NumStoreExtendedService;

/** A method that is added does not compile until it is here. */
const samples: Readonly<Record<MethodName, Omit<SampleCall, 'path'>>> = {
  setNum: { writes: true, request: SetNumRequest.encode({ key: sampleKey, value: 6n }).finish() },
  fact: { writes: false, request: FactRequest.encode({ key: sampleKey }).finish() },
  factExact: { writes: false, request: FactExactRequest.encode({ key: sampleKey }).finish() },
  getNum: { writes: false, request: GetNumRequest.encode({ key: sampleKey }).finish() },
  addNum: { writes: true, request: AddNumRequest.encode({ key: sampleKey, delta: 1n }).finish() },
  deleteNum: { writes: true, request: DeleteNumRequest.encode({ key: sampleKey }).finish() },
  listNums: {
    writes: false,
    request: ListNumsRequest.encode({ prefix: '', startAfter: '', limit: 0n }).finish(),
  },
  getStats: { writes: false, request: GetStatsRequest.encode({}).finish() },
};

const paths = new Map(
  [NumStoreService, NumStoreExtendedService]
    .flatMap((service) => Object.entries(service))
    .map(([name, { path }]) => [name, path]),
);

/** Every method of NumStore and NumStoreExtended. */
export const everyMethod: readonly SampleCall[] = Object.entries(samples).map(([name, sample]) => ({
  path: paths.get(name) ?? '',
  ...sample,
}));

/** A client that sends bytes, and tells the status whatever it is. */
export interface StatusClient {
  call(path: string, request: Uint8Array, metadata?: Readonly<Record<string, string>>): Promise<StatusObject>;
  close(): void;
}

/** More than any call of a test takes. */
const deadlineMs = 30_000;

export function connectForStatus(
  address: string,
  channel: ChannelCredentials = credentials.createInsecure(),
): StatusClient {
  const client = new Client(address, channel, {
    'grpc.enable_http_proxy': 0,
    'grpc.use_local_subchannel_pool': 1,
  });
  const asIs = (bytes: Buffer): Buffer => bytes;
  return {
    call: (path, request, entries = {}) =>
      new Promise((resolve) => {
        const metadata = new Metadata();
        for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
        const options = { deadline: Date.now() + deadlineMs };
        // A call of one answer is a stream of one.
        const stream = client.makeServerStreamRequest(
          path,
          asIs,
          asIs,
          Buffer.from(request),
          metadata,
          options,
        );
        stream.on('error', () => undefined);
        stream.on('status', resolve);
        stream.resume();
      }),
    close: () => client.close(),
  };
}
