import type { ClientMethod, Kind } from '../grpc/definition.ts';
import { GrpcError, Status } from '../grpc/status.ts';
import { ErrorCode } from '../http2/errors.ts';
import type { ClientCall } from './client-call.ts';
import { Connections } from './connections.ts';
import type { CallOptions, GrpcClientOptions } from './options.ts';

/** Messages to send, as they come. */
type Requests<Request> = Iterable<Request> | AsyncIterable<Request>;

/** A client over one connection, which is made anew by the next call after it was lost. */
export interface GrpcClient extends AsyncDisposable {
  /** @throws GrpcError with the status, unless it is OK */
  unary<Request, Response>(
    method: ClientMethod<Request, Response> & Kind<false, false>,
    request: Request,
    options?: CallOptions,
  ): Promise<Response>;
  /** Leaving the loop early cancels the call. @throws GrpcError while iterating */
  serverStream<Request, Response>(
    method: ClientMethod<Request, Response> & Kind<false, true>,
    request: Request,
    options?: CallOptions,
  ): AsyncIterable<Response>;
  /** @throws GrpcError with the status, unless it is OK */
  clientStream<Request, Response>(
    method: ClientMethod<Request, Response> & Kind<true, false>,
    requests: Requests<Request>,
    options?: CallOptions,
  ): Promise<Response>;
  /** Leaving the loop early cancels the call. @throws GrpcError while iterating */
  bidi<Request, Response>(
    method: ClientMethod<Request, Response> & Kind<true, true>,
    requests: Requests<Request>,
    options?: CallOptions,
  ): AsyncIterable<Response>;
  /** Lets the calls under way end. Resolves when the connection is gone. Idempotent. */
  close(): Promise<void>;
}

/**
 * Connects to a server.
 * @throws GrpcError UNAVAILABLE if it cannot be reached
 */
export async function openGrpcClient(options: GrpcClientOptions): Promise<GrpcClient> {
  const connections = new Connections(options);
  await connections.session();

  /** Begins a call, watched over by its deadline and its signal. */
  const begin = async (path: string, callOptions: CallOptions): Promise<ClientCall> => {
    const session = connections.usable ?? (await connections.session());
    return new Promise((resolve, reject) => {
      callOptions.signal?.throwIfAborted();
      session.begin(path, callOptions, (call) => {
        if (call === undefined) reject(new GrpcError(Status.UNAVAILABLE, 'The connection was lost'));
        else resolve(connections.watch(call, callOptions));
      });
    });
  };

  /** Begins a call, has `send` send its requests, and yields the responses. */
  async function* stream<Response>(
    { path, responseDeserialize }: Pick<ClientMethod<never, Response>, 'path' | 'responseDeserialize'>,
    send: (call: ClientCall) => void,
    callOptions: CallOptions,
  ): AsyncGenerator<Response, void, undefined> {
    const call = await begin(path, callOptions);
    send(call);
    try {
      for await (const message of call.inbox) yield responseDeserialize(message);
    } finally {
      call.breakOff(ErrorCode.cancel, new GrpcError(Status.CANCELLED, 'The caller has left'));
    }
  }

  return {
    unary(method, request, callOptions = {}) {
      const message = method.requestSerialize(request);
      return only(stream(method, (call) => sendOne(call, message), callOptions));
    },
    clientStream(method, requests, callOptions = {}) {
      return only(
        stream(method, (call) => void sendAll(call, requests, method.requestSerialize), callOptions),
      );
    },
    serverStream(method, request, callOptions = {}) {
      const message = method.requestSerialize(request);
      return stream(method, (call) => sendOne(call, message), callOptions);
    },
    bidi(method, requests, callOptions = {}) {
      return stream(method, (call) => void sendAll(call, requests, method.requestSerialize), callOptions);
    },
    close: () => connections.close(),
    [Symbol.asyncDispose]: () => connections.close(),
  };
}

/** The one response of a call. */
async function only<Response>(responses: AsyncIterable<Response>): Promise<Response> {
  const all: Response[] = [];
  for await (const response of responses) all.push(response);
  const [response] = all;
  if (response === undefined || all.length > 1) {
    throw new GrpcError(Status.UNIMPLEMENTED, `Expected one response, got ${all.length}`);
  }
  return response;
}

/** Sends one message, and with it the end of the requests. */
function sendOne(call: ClientCall, message: Uint8Array): void {
  call.send(message, true);
}

/** Sends all messages, one in flight; an iterator that throws cancels the call with its error. */
async function sendAll<Request>(
  call: ClientCall,
  requests: Requests<Request>,
  serialize: (message: Request) => Uint8Array,
): Promise<void> {
  try {
    for await (const request of requests) {
      if (call.localClosed) return;
      await call.send(serialize(request), false);
    }
    call.endOfRequests();
  } catch (error) {
    call.breakOff(ErrorCode.cancel, error);
  }
}
