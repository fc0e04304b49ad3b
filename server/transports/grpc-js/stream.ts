import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import type {
  handleBidiStreamingCall,
  handleServerStreamingCall,
  ServerDuplexStream,
  ServerWritableStream,
} from '@grpc/grpc-js';
import { NumStoreError } from '../../domain/errors.ts';
import type { BidiHandler, StreamHandler } from '../../rpc/call.ts';
import { decodeRequest } from '../../rpc/decode.ts';
import type { MessageType } from '../../rpc/message-type.ts';
import { Status } from '../../rpc/status.ts';
import { type AdapterOptions, failureStatus } from './adapter.ts';
import { GrpcJsCall } from './call.ts';

type Writable<Response> = ServerWritableStream<unknown, Response> | ServerDuplexStream<unknown, Response>;

/** How long a failed call may take to tell its status; a reader that has stopped never hears it. */
const failureGraceMs = 1000;

/**
 * From a handler that yields messages to the stream that grpc-js wants.
 * @param inFlightMax messages that may wait for the reader at once
 */
export function stream<Response>(
  handler: StreamHandler<Uint8Array, Response>,
  options: AdapterOptions,
  inFlightMax: number,
): handleServerStreamingCall<Uint8Array, Response> {
  return (call: ServerWritableStream<Uint8Array, Response>) => {
    const context = new GrpcJsCall(call, options.observer);
    const produce = (): AsyncIterable<Response> => handler(call.request, context);
    void pump(call, context, produce, options, inFlightMax);
  };
}

/** The same for a call that streams both ways. */
export function bidi<Request, Response>(
  type: MessageType<Request>,
  handler: BidiHandler<Request, Response>,
  options: AdapterOptions,
): handleBidiStreamingCall<Request, Response> {
  return (call: ServerDuplexStream<unknown, Response>) => {
    const context = new GrpcJsCall(call, options.observer);
    const produce = (): AsyncIterable<Response> => handler(decodeAll(type, call), context);
    void pump(call, context, produce, options, 1);
  };
}

async function* decodeAll<Request>(type: MessageType<Request>, call: Readable): AsyncIterable<Request> {
  // The end of the requests must not destroy the call: the answers go out on the same stream.
  for await (const bytes of call.iterator({ destroyOnReturn: false })) yield decodeRequest(type, bytes);
}

/** Sends what `produce` yields and ends the call; the one catch of streaming handlers. */
async function pump<Response>(
  call: Writable<Response>,
  context: GrpcJsCall,
  produce: () => AsyncIterable<Response>,
  options: AdapterOptions,
  inFlightMax: number,
): Promise<void> {
  let unwaited = 0;
  try {
    for await (const message of produce()) {
      unwaited = (unwaited + 1) % inFlightMax;
      // Messages are taken in order: when the last one of a group is, all are.
      if (unwaited > 0) call.write(message);
      else await write(call, context, message, options.readerStallMs);
    }
    call.end(context.trailers());
    context.ended(Status.OK);
    cutIfStuck(call, options.readerStallMs, options);
  } catch (error) {
    const status = failureStatus(error, context, options);
    call.emit('error', status);
    context.ended(status.code);
    cutIfStuck(call, failureGraceMs, options);
  }
}

/** Resolves when `message` was taken; rejects when the call ends before, or its reader takes nothing for too long. */
function write<Response>(
  call: Writable<Response>,
  { signal, timing }: GrpcJsCall,
  message: Response,
  stallMs: number,
): Promise<void> {
  const startedAt = performance.now();
  return new Promise<void>((resolve, reject) => {
    // grpc-js forgets the callback of a cancelled call, hence the signal.
    const abort = (): void => settle(() => reject(signal.reason));
    const stalled = (): void => settle(() => reject(readerStalled(stallMs)));
    const timer = setTimeout(stalled, stallMs);
    const settle = (outcome: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      outcome();
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort);
    call.write(message, () => settle(resolve));
  }).finally(() => {
    if (timing !== undefined) timing.sendMs += performance.now() - startedAt;
  });
}

function readerStalled(stallMs: number): NumStoreError {
  return new NumStoreError('READER_STALLED', `Nothing was read for ${stallMs / 1000} s`);
}

/** Cuts the connection of a call whose end does not get through within `graceMs`. */
function cutIfStuck<Response>(call: Writable<Response>, graceMs: number, { cut }: AdapterOptions): void {
  if (call.cancelled) return;
  const peer = call.getPeer();
  const timer = setTimeout(() => cut(peer), graceMs);
  // grpc-js says 'cancelled' of every call, once nothing more can happen to it.
  call.once('cancelled', () => clearTimeout(timer));
}
