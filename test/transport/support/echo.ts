import {
  bidi,
  type Call,
  clientStream,
  GrpcError,
  type GrpcListener,
  type ListenerOptions,
  openGrpcListener,
  type Route,
  Status,
  serverStream,
  unary,
} from '../../../transport/index.ts';

/** A service whose messages are plain bytes. */

const identity = {
  requestSerialize: (bytes: Buffer) => bytes,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: (bytes: Buffer) => bytes,
  responseDeserialize: (bytes: Buffer) => bytes,
};
const method = <Q extends boolean, R extends boolean>(name: string, requestStream: Q, responseStream: R) => ({
  path: `/test.Echo/${name}`,
  requestStream,
  responseStream,
  ...identity,
});

export const Echo = {
  unary: method('Unary', false, false),
  fail: method('Fail', false, false),
  never: method('Never', false, false),
  repeat: method('Repeat', false, true),
  join: method('Join', true, false),
  chat: method('Chat', true, true),
} as const;

/** What happened to the calls. */
export interface EchoLog {
  /** Reasons of the aborted signals. */
  readonly aborted: unknown[];
  /** Messages that `repeat` has handed over. */
  repeated: number;
  /** Calls that have begun. */
  begun: number;
  /** Called when `aborted` grows. */
  onAborted: () => void;
}

export function createEchoLog(): EchoLog {
  return { aborted: [], repeated: 0, begun: 0, onAborted: () => {} };
}

export function echoRoutes(log: EchoLog): Route[] {
  const aborted = ({ signal }: Call): Promise<never> =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        log.aborted.push(signal.reason);
        log.onAborted();
        reject(signal.reason);
      });
    });
  return [
    unary(Echo.unary, async (request, call) => {
      log.begun++;
      const asked = call.metadata('x-echo');
      if (asked !== undefined) {
        call.setHeader('x-header', asked);
        call.setTrailer('x-trailer', asked);
        call.setTrailer('x-octets-bin', Buffer.from(asked));
      }
      return request;
    }),
    unary(Echo.fail, async (request) => {
      throw new GrpcError(Status.FAILED_PRECONDITION, request.toString());
    }),
    unary(Echo.never, (_request, call) => {
      log.begun++;
      return aborted(call);
    }),
    /** Answers the request `count` times, `count` being its first octets as text before a colon. */
    serverStream(Echo.repeat, async function* (request) {
      const count = Number.parseInt(request.toString(), 10);
      for (let sent = 0; sent < count; sent++) {
        log.repeated = sent + 1;
        yield request;
      }
    }),
    clientStream(Echo.join, async (requests) => {
      const all: Buffer[] = [];
      for await (const request of requests) all.push(request);
      return Buffer.concat(all);
    }),
    bidi(Echo.chat, async function* (requests, call) {
      log.begun++;
      call.signal.addEventListener('abort', () => {
        log.aborted.push(call.signal.reason);
        log.onAborted();
      });
      yield* requests;
    }),
  ];
}

/** A listener on a free port of the loopback that serves Echo. */
export function openEcho(
  log: EchoLog = createEchoLog(),
  options: Partial<ListenerOptions> = {},
): Promise<GrpcListener> {
  return openGrpcListener({ host: '127.0.0.1', port: 0, routes: echoRoutes(log), ...options });
}
