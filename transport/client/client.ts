import { ErrorCode } from '../frames/errors.ts';
import type { ClientMethod, Kind } from '../grpc/definition.ts';
import { Inbox } from '../grpc/message-queue.ts';
import { GrpcError, Status } from '../grpc/status.ts';
import type { ClientCall } from './client-call.ts';
import type { Beginning, ClientSession } from './client-session.ts';
import type { CallOptions, GrpcClientOptions } from './options.ts';
import { Connections } from './reconnect.ts';
import { OneResponse } from './response-sink.ts';

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

  /** Begins a call that puts its responses into `createSink`'s, watched over by its deadline and its signal. */
  const begin = (
    path: string,
    options: CallOptions,
    createSink: Beginning['createSink'],
    send: (call: ClientCall) => void,
    onFailed: (error: unknown) => void,
  ): void => {
    const watch = connections.watch(options, onFailed);
    const onOpen = (call: ClientCall): void => {
      watch.begins(call);
      send(call);
    };
    const onLate = (): void => watch.fail(new GrpcError(Status.UNAVAILABLE, 'The connection was lost'));
    const isWanted = (): boolean => !watch.isOver;
    const start = (session: ClientSession): void => {
      try {
        session.begin(path, { options, createSink, isWanted, onOpen, onLate });
      } catch (error) {
        watch.fail(error);
      }
    };
    if (connections.usable !== undefined) start(connections.usable);
    else connections.session().then(start, (error: unknown) => watch.fail(error));
  };

  /** The one response of a call. */
  const one = <Response>(
    { path, responseDeserialize }: ResponseSide<Response>,
    send: (call: ClientCall) => void,
    options: CallOptions,
  ): Promise<Response> =>
    new Promise((resolve, reject) => {
      begin(path, options, () => new OneResponse(responseDeserialize, resolve, reject), send, reject);
    });

  /** The responses of a call, as they come. */
  async function* stream<Response>(
    { path, responseDeserialize }: ResponseSide<Response>,
    send: (call: ClientCall) => void,
    options: CallOptions,
  ): AsyncGenerator<Response, void, undefined> {
    const { call, inbox } = await new Promise<{ call: ClientCall; inbox: Inbox }>((resolve, reject) => {
      let onTaken = (): void => {};
      const inbox = new Inbox(() => onTaken());
      const createSink: Beginning['createSink'] = (tell) => {
        onTaken = tell;
        return inbox;
      };
      begin(path, options, createSink, (call) => resolve({ call, inbox }), reject);
    });
    send(call);
    try {
      for await (const message of inbox) yield responseDeserialize(message);
    } finally {
      call.breakOff(ErrorCode.cancel, new GrpcError(Status.CANCELLED, 'The caller has left'));
    }
  }

  return {
    async unary(method, request, callOptions = {}) {
      const message = method.requestSerialize(request);
      return one(method, (call) => sendOne(call, message), callOptions);
    },
    clientStream(method, requests, callOptions = {}) {
      return one(method, (call) => void sendAll(call, requests, method.requestSerialize), callOptions);
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

type ResponseSide<Response> = Pick<ClientMethod<never, Response>, 'path' | 'responseDeserialize'>;

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
