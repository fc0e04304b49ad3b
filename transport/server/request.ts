import type { MalformedHead } from '../frames/header-frames.ts';
import { type Encoding, parseEncoding } from '../grpc/compression.ts';
import { contentType, isGrpcContentType } from '../grpc/content-type.ts';
import { lookUp } from '../grpc/metadata.ts';
import { echo } from '../grpc/percent.ts';
import { Status, type StatusReply } from '../grpc/status.ts';
import { parseTimeout } from '../grpc/timeout.ts';
import type { HeaderList } from '../hpack/decoder.ts';
import type { HeaderField } from '../hpack/field.ts';
import { RecurringBlock } from '../hpack/recurring-block.ts';
import { readRequestHead } from '../http2/request-head.ts';
import { delayMaxMs } from '../io/clock.ts';
import { responseHead, statusFields } from './response-metadata.ts';
import type { Route } from './routes.ts';

/** A header list from a client that starts a call. */
export interface CallHead {
  readonly kind: 'call';
  readonly route: Route;
  readonly timeoutMs: number | undefined;
  readonly encoding: Encoding;
  readonly contentLength: number | undefined;
  readonly fields: readonly HeaderField[];
}

/** The response to a request that is not gRPC. */
export interface HttpError {
  readonly kind: 'not gRPC';
  readonly head: RecurringBlock;
  /** The content of the response, for people. */
  readonly text: Uint8Array;
  readonly contentLength: number | undefined;
}

/** The meaning of a header list from a client to a gRPC server. */
export type Request =
  | CallHead
  | { readonly kind: 'trailers' }
  | MalformedHead
  | HttpError
  /** The response is this block, without content. */
  | { readonly kind: 'refused'; readonly block: RecurringBlock };

/**
 * Creates a reader of header lists for `routes`. It is a pure function: its results are cached, each by one connection.
 */
export function createRequestReader(
  routes: readonly Route[],
  explainUnknown: (path: string) => string | undefined = () => undefined,
): (list: HeaderList) => Request {
  const byPath = new Map(routes.map((route) => [route.path, route]));
  return (list) => {
    const head = readRequestHead(list);
    switch (head.kind) {
      case 'malformed':
      case 'trailers':
        return head;
      case 'too large':
        return refusedWith({ code: Status.RESOURCE_EXHAUSTED, details: 'The metadata is too large' });
      case 'request':
        break;
    }
    const { method, path, fields, contentLength } = head;
    // Status 405 and 415 are for clients that do not speak gRPC (RFC 9110 15.5.6 and 15.5.16).
    if (method !== 'POST') {
      return notGrpc('405', 'Expected the method POST', contentLength, [{ name: 'allow', value: 'POST' }]);
    }
    if (!isGrpcContentType(lookUp(fields, 'content-type') ?? '')) {
      return notGrpc('415', `Expected the content-type ${contentType}`, contentLength);
    }
    const route = byPath.get(path);
    if (route !== undefined) return readCall(route, contentLength, fields);
    const shown = echo(path);
    const details = explainUnknown(shown) ?? `The server does not implement ${shown}`;
    return refusedWith({ code: Status.UNIMPLEMENTED, details });
  };
}

function readCall(route: Route, contentLength: number | undefined, fields: readonly HeaderField[]): Request {
  const encoding = parseEncoding(lookUp(fields, 'grpc-encoding'));
  const timeout = lookUp(fields, 'grpc-timeout');
  const parsedMs = timeout === undefined ? undefined : parseTimeout(timeout);
  if (timeout !== undefined && parsedMs === undefined) {
    return refusedWith({ code: Status.INTERNAL, details: 'grpc-timeout is malformed' });
  }
  // A deadline beyond what a timer can wait is none.
  const timeoutMs = parsedMs !== undefined && parsedMs > delayMaxMs ? undefined : parsedMs;
  return { kind: 'call', route, timeoutMs, encoding, contentLength, fields };
}

function notGrpc(
  status: string,
  expected: string,
  contentLength: number | undefined,
  more: readonly HeaderField[] = [],
): HttpError {
  const text = Buffer.from(`This server speaks gRPC. ${expected}.\n`);
  const fields = [
    { name: ':status', value: status },
    { name: 'content-type', value: 'text/plain' },
    { name: 'content-length', value: String(text.length) },
    ...more,
  ];
  return { kind: 'not gRPC', head: new RecurringBlock(fields), text, contentLength };
}

function refusedWith(status: StatusReply): Request {
  return { kind: 'refused', block: new RecurringBlock([...responseHead, ...statusFields(status)]) };
}
