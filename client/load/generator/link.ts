import { GrpcError, openGrpcClient } from '../../../transport/index.ts';
import type { ServerAddress } from '../../address.ts';
import { NumStoreClientError } from '../../client-error.ts';
import { timingHeader } from '../../timing.ts';
import { failed, type Reply } from './outcome.ts';
import type { GeneratedRpc } from './plan.ts';
import type { PreparedRequest } from './requests.ts';
import { decodeReply, pathOf } from './wire.ts';

/** One connection of the generator. */
export interface Link extends AsyncDisposable {
  /** Sends a request; `done` is called once, in a later turn or microtask. */
  send(request: PreparedRequest, done: (reply: Reply) => void): void;
}

/** How the calls of a link are made. */
export interface LinkOptions {
  readonly deadlineMs: number;
  readonly isTimed: boolean;
}

/**
 * Connects with the transport's own client, which costs a small part of what grpc-js does.
 *
 * @throws NumStoreClientError UNREACHABLE
 */
export async function openLink({ host, port }: ServerAddress, options: LinkOptions): Promise<Link> {
  const client = await openGrpcClient({ host, port }).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    throw new NumStoreClientError('UNREACHABLE', message, { cause: error });
  });
  const bare = { timeoutMs: options.deadlineMs };
  return {
    send(request, done) {
      let timing: string | undefined;
      const onTrailers = (trailers: ReadonlyMap<string, string>): void => {
        timing = trailers.get(timingHeader);
      };
      const callOptions = options.isTimed ? { ...bare, metadata: timingMetadata, onTrailers } : bare;
      client.unary(methods[request.rpc], request.bytes, callOptions).then(
        (bytes) => done(withTiming(read(request, bytes), timing)),
        (error: unknown) => done(explain(request.rpc, error)),
      );
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

const timingMetadata = [[timingHeader, '1']] as const;

const asBytes = (bytes: Uint8Array): Uint8Array => bytes;
const methodOf = (rpc: GeneratedRpc) =>
  ({
    path: pathOf[rpc],
    requestStream: false,
    responseStream: false,
    requestSerialize: asBytes,
    responseDeserialize: asBytes,
  }) as const;
const methods: Readonly<Record<GeneratedRpc, ReturnType<typeof methodOf>>> = {
  SetNum: methodOf('SetNum'),
  Fact: methodOf('Fact'),
  GetNum: methodOf('GetNum'),
  AddNum: methodOf('AddNum'),
  DeleteNum: methodOf('DeleteNum'),
};

function read({ rpc, key }: PreparedRequest, bytes: Uint8Array): Reply {
  try {
    return decodeReply(rpc, key, bytes);
  } catch (error) {
    return explain(rpc, error);
  }
}

function withTiming(reply: Reply, timing: string | undefined): Reply {
  return timing === undefined ? reply : { ...reply, timing };
}

function explain(rpc: GeneratedRpc, error: unknown): Reply {
  const { code, message } = NumStoreClientError.from(
    error instanceof GrpcError ? asServiceError(error) : error,
  );
  return failed(rpc, code, message);
}

/** The form in which the client's one table of statuses takes them. */
function asServiceError({ code, message }: GrpcError): Error {
  return Object.assign(new Error(message), { code, details: message });
}
