import { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Server as GrpcServer } from '@grpc/grpc-js';
import { isGrpcContentType, parseTimeout, percentEncode } from '../../../transport/index.ts';
import { echo } from '../../rpc/echo.ts';
import { explainPath } from '../../rpc/proto-mismatch.ts';
import { type ErrorStatus, Status } from '../../rpc/status.ts';

/**
 * The rules of gRPC over HTTP/2 that grpc-js does not keep, so that both transports accept the same requests. It reads any
 * content-type that begins with application/grpc and any text with a timeout inside, cuts milliseconds to 32 bits, and
 * repeats the whole of an unknown path.
 */

const usualType = 'application/grpc';
/** The longest time that a timer of Node can wait: 24.8 days. A later deadline is none. */
export const timerMsMax = 2 ** 31 - 1;

/** A method that is served. */
export interface ServedMethod {
  readonly path: string;
  /** Whether its request is a stream of messages. */
  readonly requestStream: boolean;
}

export interface RequestRules {
  readonly methods: readonly ServedMethod[];
  /** Called with each request that keeps the rules, before grpc-js gets it. */
  readonly onRequest: (stream: ServerHttp2Stream, method: ServedMethod) => void;
}

type Listener = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...more: unknown[]) => void;

/**
 * Puts the rules before the listeners that grpc-js has for requests.
 * @throws TypeError if grpc-js keeps its HTTP/2 servers elsewhere
 */
export function keepRequestRules(grpc: GrpcServer, { methods, onRequest }: RequestRules): void {
  const served = new Map(methods.map((method) => [method.path, method] as const));
  const servers: unknown = Reflect.get(grpc, 'http2Servers');
  const [server]: unknown[] = servers instanceof Map ? [...servers.keys()] : [];
  if (!(server instanceof EventEmitter)) throw new TypeError('Expected the HTTP/2 server of grpc-js 1.14');
  const listeners = server.listeners('stream');
  const handle: Listener = (stream, headers, ...more) => {
    const path = headers[':path'] ?? '';
    const method = served.get(path);
    const refusal = refusalOf(headers) ?? (method === undefined ? unimplemented(path, served) : undefined);
    if (method !== undefined && refusal === undefined) {
      onRequest(stream, method);
      for (const listener of listeners) Reflect.apply(listener, server, [stream, headers, ...more]);
      return;
    }
    // A stream that breaks later breaks alone.
    stream.on('error', () => undefined);
    stream.respond(refusal, { endStream: true });
  };
  server.removeAllListeners('stream');
  server.on('stream', handle);
}

/** The headers of a response that is a status alone. */
export function statusHeaders({ code, details, trailers }: ErrorStatus): OutgoingHttpHeaders {
  return {
    ':status': 200,
    'content-type': usualType,
    'grpc-status': String(code),
    'grpc-message': percentEncode(details),
    ...Object.fromEntries(trailers),
  };
}

/** The response to a request that breaks a rule. Adjusts what grpc-js would read in another way. */
function refusalOf(headers: IncomingHttpHeaders): OutgoingHttpHeaders | undefined {
  if (headers[':method'] !== 'POST') return { ':status': 405, allow: 'POST' };
  const type = headers['content-type'];
  if (type === undefined || !isGrpcContentType(type)) return { ':status': 415 };
  headers['content-type'] = usualType;
  const timeout = headers['grpc-timeout'];
  return timeout === undefined ? undefined : refusalOfTimeout(headers, String(timeout));
}

function unimplemented(path: string, served: ReadonlyMap<string, unknown>): OutgoingHttpHeaders {
  const shown = echo(path);
  const explanation = explainPath(shown, [...served.keys()]);
  return refused(Status.UNIMPLEMENTED, explanation ?? `The server does not implement ${shown}`);
}

function refusalOfTimeout(headers: IncomingHttpHeaders, timeout: string): OutgoingHttpHeaders | undefined {
  const timeoutMs = parseTimeout(timeout);
  if (timeoutMs === undefined) return refused(Status.INTERNAL, 'grpc-timeout is malformed');
  if (timeoutMs === 0) return refused(Status.DEADLINE_EXCEEDED, 'The deadline has passed');
  if (timeoutMs > timerMsMax) delete headers['grpc-timeout'];
  return undefined;
}

function refused(code: Status, details: string): OutgoingHttpHeaders {
  return statusHeaders({ code, details, trailers: new Map() });
}
