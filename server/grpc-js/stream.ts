import type { Readable } from 'node:stream';
import type {
  handleBidiStreamingCall,
  handleServerStreamingCall,
  ServerDuplexStream,
  ServerWritableStream,
} from '@grpc/grpc-js';
import type { BidiHandler, StreamHandler } from '../call.ts';
import { decodeRequest, type MessageType } from '../decode.ts';
import { type OnInternalError, toStatus } from '../status.ts';
import { GrpcJsCall } from './call.ts';

type Writable<Response> = ServerWritableStream<unknown, Response> | ServerDuplexStream<unknown, Response>;

/** From a handler that yields messages to the stream that grpc-js wants. */
export function stream<Request, Response>(
  type: MessageType<Request>,
  handler: StreamHandler<Request, Response>,
  onInternalError: OnInternalError,
): handleServerStreamingCall<Request, Response> {
  return (call: ServerWritableStream<unknown, Response>) => {
    const context = new GrpcJsCall(call);
    const produce = (): AsyncIterable<Response> => handler(decodeRequest(type, call.request), context);
    void pump(call, produce, context.signal, onInternalError);
  };
}

/** The same for a call that streams both ways. */
export function bidi<Request, Response>(
  type: MessageType<Request>,
  handler: BidiHandler<Request, Response>,
  onInternalError: OnInternalError,
): handleBidiStreamingCall<Request, Response> {
  return (call: ServerDuplexStream<unknown, Response>) => {
    const context = new GrpcJsCall(call);
    const produce = (): AsyncIterable<Response> => handler(decodeAll(type, call), context);
    void pump(call, produce, context.signal, onInternalError);
  };
}

async function* decodeAll<Request>(type: MessageType<Request>, call: Readable): AsyncIterable<Request> {
  // The end of the requests must not destroy the call: the answers go out on the same stream.
  for await (const bytes of call.iterator({ destroyOnReturn: false })) yield decodeRequest(type, bytes);
}

/** Sends what `produce` yields, one message in flight, and ends the call; the one catch of streaming handlers. */
async function pump<Response>(
  call: Writable<Response>,
  produce: () => AsyncIterable<Response>,
  signal: AbortSignal,
  onInternalError: OnInternalError,
): Promise<void> {
  try {
    for await (const message of produce()) await write(call, message, signal);
    call.end();
  } catch (error) {
    call.emit('error', toStatus(error, onInternalError));
  }
}

/** Resolves when `message` has been taken; grpc-js forgets the callback of a cancelled call, hence the signal. */
function write<Response>(call: Writable<Response>, message: Response, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    call.write(message, () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
}
