import { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Server as GrpcServer } from '@grpc/grpc-js';
import { echo } from '../../rpc/echo.ts';
import { explainPath } from '../../rpc/proto-mismatch.ts';
import { Status } from '../../rpc/status.ts';

/**
 * The rules of gRPC over HTTP/2 that grpc-js does not keep, so that both transports accept the same requests. It reads any
 * content-type that begins with application/grpc and any text with a timeout inside, cuts milliseconds to 32 bits, and
 * repeats the whole of an unknown path.
 */

const contentType = /^application\/grpc(\+proto)?\s*(;|$)/i;
const usualType = 'application/grpc';
const timeoutSyntax = /^(\d{1,8})([HMSmun])$/;
const unitMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};
/** The longest time that a timer of Node can wait: 24.8 days. A later deadline is none. */
export const timerMsMax = 2 ** 31 - 1;

type Listener = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...more: unknown[]) => void;

/**
 * Puts the rules before the listeners that grpc-js has for requests. `served` are the paths of its methods.
 * @throws TypeError if grpc-js keeps its HTTP/2 servers elsewhere
 */
export function keepRequestRules(grpc: GrpcServer, served: readonly string[]): void {
  const paths = new Set(served);
  const servers: unknown = Reflect.get(grpc, 'http2Servers');
  const [server]: unknown[] = servers instanceof Map ? [...servers.keys()] : [];
  if (!(server instanceof EventEmitter)) throw new TypeError('Expected the HTTP/2 server of grpc-js 1.14');
  const listeners = server.listeners('stream');
  const handle: Listener = (stream, headers, ...more) => {
    const refusal = refusalOf(headers, paths);
    if (refusal === undefined) {
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

/** The response to a request that breaks a rule. Adjusts what grpc-js would read in another way. */
function refusalOf(
  headers: IncomingHttpHeaders,
  paths: ReadonlySet<string>,
): OutgoingHttpHeaders | undefined {
  if (headers[':method'] !== 'POST') return { ':status': 405, allow: 'POST' };
  const type = headers['content-type'];
  if (type !== usualType) {
    if (type === undefined || !contentType.test(type)) return { ':status': 415 };
    headers['content-type'] = usualType;
  }
  const path = headers[':path'] ?? '';
  if (!paths.has(path)) return unimplemented(path, paths);
  const timeout = headers['grpc-timeout'];
  return timeout === undefined ? undefined : refusalOfTimeout(headers, String(timeout));
}

function unimplemented(path: string, paths: ReadonlySet<string>): OutgoingHttpHeaders {
  const shown = echo(path);
  return statusOnly(
    Status.UNIMPLEMENTED,
    explainPath(shown, [...paths]) ?? `The server does not implement ${shown}`,
  );
}

function refusalOfTimeout(headers: IncomingHttpHeaders, timeout: string): OutgoingHttpHeaders | undefined {
  const [, digits, unit = ''] = timeoutSyntax.exec(timeout) ?? [];
  const perUnit = unitMs[unit];
  if (digits === undefined || perUnit === undefined) {
    return statusOnly(Status.INTERNAL, 'grpc-timeout is malformed');
  }
  const timeoutMs = Number(digits) * perUnit;
  if (timeoutMs === 0) return statusOnly(Status.DEADLINE_EXCEEDED, 'The deadline has passed');
  if (timeoutMs > timerMsMax) delete headers['grpc-timeout'];
  return undefined;
}

/** A response of a status alone. */
function statusOnly(status: Status, details: string): OutgoingHttpHeaders {
  return {
    ':status': 200,
    'content-type': usualType,
    'grpc-status': String(status),
    'grpc-message': encodeURI(details.toWellFormed()),
  };
}
