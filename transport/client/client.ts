import { ErrorCode } from '../frames/errors.ts';
import type { ClientMethod, Kind } from '../grpc/definition.ts';
import { MessageQueue } from '../grpc/message-queue.ts';
import { GrpcError, Status } from '../grpc/status.ts';
import type { ClientCall } from './client-call.ts';
import type { CallStart, ClientSession } from './client-session.ts';
import type { CallOptions, GrpcClientOptions } from './options.ts';
import { ReconnectingConnection } from './reconnect.ts';
import { OneResponse, type ResponseSink } from './response-sink.ts';

/** Messages to send, as they come. */
type Requests<Request> = Iterable<Request> | AsyncIterable<Request>;

/** A client over one connection. After it is lost, the next call connects again. */
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
  /** Waits for the calls under way to end. Resolves when the connection is closed. Idempotent. */
  close(): Promise<void>;
}

/**
 * Connects to a server.
 * @throws GrpcError UNAVAILABLE if it cannot be reached
 */
export async function openGrpcClient(options: GrpcClientOptions): Promise<GrpcClient> {
  const connection = new ReconnectingConnection(options);
  await connection.session();
  return new ConnectedClient(connection);
}

class ConnectedClient implements GrpcClient {
  readonly #connection: ReconnectingConnection;

  constructor(connection: ReconnectingConnection) {
    this.#connection = connection;
  }

  async unary<Request, Response>(
    method: ClientMethod<Request, Response> & Kind<false, false>,
    request: Request,
    options: CallOptions = {},
  ): Promise<Response> {
    const message = method.requestSerialize(request);
    return this.#one(method, (call) => sendOne(call, message), options);
  }

  clientStream<Request, Response>(
    method: ClientMethod<Request, Response> & Kind<true, false>,
    requests: Requests<Request>,
    options: CallOptions = {},
  ): Promise<Response> {
    return this.#one(method, (call) => void sendAll(call, requests, method.requestSerialize), options);
  }

  serverStream<Request, Response>(
    method: ClientMethod<Request, Response> & Kind<false, true>,
    request: Request,
    options: CallOptions = {},
  ): AsyncIterable<Response> {
    const message = method.requestSerialize(request);
    return this.#stream(method, (call) => sendOne(call, message), options);
  }

  bidi<Request, Response>(
    method: ClientMethod<Request, Response> & Kind<true, true>,
    requests: Requests<Request>,
    options: CallOptions = {},
  ): AsyncIterable<Response> {
    return this.#stream(method, (call) => void sendAll(call, requests, method.requestSerialize), options);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The one response of a call. */
  #one<Response>(
    { path, responseDeserialize }: ResponseSide<Response>,
    send: (call: ClientCall) => void,
    options: CallOptions,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const createSink = (): ResponseSink => new OneResponse(responseDeserialize, resolve, reject);
      this.#begin(path, options, createSink, send, reject);
    });
  }

  /** The responses of a call, as they come. */
  async *#stream<Response>(
    { path, responseDeserialize }: ResponseSide<Response>,
    send: (call: ClientCall) => void,
    options: CallOptions,
  ): AsyncGenerator<Response, void, undefined> {
    const { call, queue } = await new Promise<{ call: ClientCall; queue: MessageQueue }>(
      (resolve, reject) => {
        let onTaken = (): void => {};
        const queue = new MessageQueue(() => onTaken());
        const createSink: CallStart['createSink'] = (callback) => {
          onTaken = callback;
          return queue;
        };
        this.#begin(path, options, createSink, (call) => resolve({ call, queue }), reject);
      },
    );
    send(call);
    try {
      for await (const message of queue) yield responseDeserialize(message);
    } finally {
      call.breakOff(ErrorCode.cancel, new GrpcError(Status.CANCELLED, 'The caller has left'));
    }
  }

  /** Starts a call that puts its responses into `createSink`'s, up to its deadline. */
  #begin(
    path: string,
    options: CallOptions,
    createSink: CallStart['createSink'],
    send: (call: ClientCall) => void,
    onFailed: (error: unknown) => void,
  ): void {
    const deadline = this.#connection.startDeadline(options, onFailed);
    const onOpen = (call: ClientCall): void => {
      deadline.attach(call);
      send(call);
    };
    const onUnavailable = (): void =>
      deadline.fail(new GrpcError(Status.UNAVAILABLE, 'The connection was lost'));
    const isWanted = (): boolean => !deadline.isOver;
    const start = (session: ClientSession): void => {
      try {
        session.begin(path, { options, createSink, isWanted, onOpen, onUnavailable });
      } catch (error) {
        deadline.fail(error);
      }
    };
    const { usable } = this.#connection;
    if (usable !== undefined) start(usable);
    else this.#connection.session().then(start, (error: unknown) => deadline.fail(error));
  }
}

type ResponseSide<Response> = Pick<ClientMethod<never, Response>, 'path' | 'responseDeserialize'>;

/** Sends the one message of a call. */
function sendOne(call: ClientCall, message: Uint8Array): void {
  call.send(message, true);
}

/** Sends all messages, one in flight. An iterator that throws cancels the call with its error. */
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
