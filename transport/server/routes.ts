import type { Kind, ServerMethod } from '../grpc/definition.ts';
import type { BidiHandler, Call, ClientStreamHandler, ServerStreamHandler, UnaryHandler } from './call.ts';

/** A call, as its route responds to it. Only the first end counts, and no method throws. */
export interface Answerable extends Call {
  /** Responds with one message and OK. */
  reply(message: Uint8Array): void;
  /**
   * Sends a message. Resolves when it is on its way, and rejects when the call is over. Undefined
   * if it is on its way already.
   */
  send(message: Uint8Array): Promise<void> | undefined;
  /** Ends with OK. */
  finish(): void;
  /** Ends with the status of `error`. */
  fail(error: unknown): void;
}

/** A method and its handler, without the types of its messages. */
export type Route = {
  readonly path: string;
} & (
  | { readonly takes: 'one'; readonly run: (message: Buffer, call: Answerable) => void }
  | { readonly takes: 'many'; readonly run: (messages: AsyncIterable<Buffer>, call: Answerable) => void }
);

/** Serves a method of one request and one response. */
export function unary<Request, Response>(
  method: ServerMethod<Request, Response> & Kind<false, false>,
  handler: UnaryHandler<Request, Response>,
): Route {
  const { path, requestDeserialize, responseSerialize } = method;
  const run = (message: Buffer, call: Answerable): void =>
    answerOne(handler(requestDeserialize(message), call), responseSerialize, call);
  return { path, takes: 'one', run };
}

/** Serves a method of one request and many responses. */
export function serverStream<Request, Response>(
  method: ServerMethod<Request, Response> & Kind<false, true>,
  handler: ServerStreamHandler<Request, Response>,
): Route {
  const { path, requestDeserialize, responseSerialize } = method;
  const run = (message: Buffer, call: Answerable): void =>
    void answerMany(handler(requestDeserialize(message), call), responseSerialize, call);
  return { path, takes: 'one', run };
}

/** Serves a method of many requests and one response. */
export function clientStream<Request, Response>(
  method: ServerMethod<Request, Response> & Kind<true, false>,
  handler: ClientStreamHandler<Request, Response>,
): Route {
  const { path, requestDeserialize, responseSerialize } = method;
  const run = (messages: AsyncIterable<Buffer>, call: Answerable): void =>
    answerOne(handler(decodeEach(messages, requestDeserialize), call), responseSerialize, call);
  return { path, takes: 'many', run };
}

/** Serves a method that streams both ways. */
export function bidi<Request, Response>(
  method: ServerMethod<Request, Response> & Kind<true, true>,
  handler: BidiHandler<Request, Response>,
): Route {
  const { path, requestDeserialize, responseSerialize } = method;
  const run = (messages: AsyncIterable<Buffer>, call: Answerable): void =>
    void answerMany(handler(decodeEach(messages, requestDeserialize), call), responseSerialize, call);
  return { path, takes: 'many', run };
}

type Serialize<Message> = (message: Message) => Uint8Array;

function answerOne<Response>(
  response: Promise<Response>,
  serialize: Serialize<Response>,
  call: Answerable,
): void {
  response.then(
    (message) => {
      // Serialising may throw, which is a fault of the handler. Responding never throws.
      let bytes: Uint8Array;
      try {
        bytes = serialize(message);
      } catch (error) {
        call.fail(error);
        return;
      }
      call.reply(bytes);
    },
    (error: unknown) => call.fail(error),
  );
}

/** One message in flight: the handler makes the next when the last is on its way. */
async function answerMany<Response>(
  responses: AsyncIterable<Response>,
  serialize: Serialize<Response>,
  call: Answerable,
): Promise<void> {
  try {
    for await (const response of responses) await call.send(serialize(response));
    call.finish();
  } catch (error) {
    call.fail(error);
  }
}

async function* decodeEach<Request>(
  messages: AsyncIterable<Buffer>,
  deserialize: (bytes: Buffer) => Request,
): AsyncIterable<Request> {
  for await (const message of messages) yield deserialize(message);
}
