import {
  type handleUnaryCall,
  Server,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { type FactResponse, NumStoreService, type SetNumResponse } from '../../../generated/numstore.ts';
import { bind } from '../stub.ts';
import { createState, type Rules } from './memory.ts';

/** A small server in this process. */
export interface SmallServer {
  readonly port: number;
  close(): void;
}

/**
 * Serves these rules under our own .proto.
 *
 * @param threads calls that are handled at once, their decoding included @default any number
 */
export function serveRules(rules: Rules, threads = Number.POSITIVE_INFINITY): Promise<SmallServer> {
  const state = createState();
  const { setNum: setNumCall, fact: factCall } = NumStoreService;
  const pool = createPool(threads);
  const setNum = answer((bytes: Buffer) =>
    pool(async (): Promise<SetNumResponse> => {
      const { key, value } = setNumCall.requestDeserialize(bytes);
      return { total: await rules.setNum(state, key, value) };
    }),
  );
  const fact = answer((bytes: Buffer) =>
    pool(async (): Promise<FactResponse> => rules.fact(state, factCall.requestDeserialize(bytes).key)),
  );
  const asIs = (bytes: Buffer): Buffer => bytes;
  const definition = {
    setNum: { ...setNumCall, requestDeserialize: asIs },
    fact: { ...factCall, requestDeserialize: asIs },
  };
  return listen(definition, { setNum, fact });
}

/** Runs a bounded number of tasks at once; the others wait, as for a thread. */
function createPool(threads: number): <T>(task: () => Promise<T>) => Promise<T> {
  let free = threads;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

/** Serves correct rules under another .proto, whose service is found by its full name. */
export function serveProto(rules: Rules, path: string, service: string): Promise<SmallServer> {
  const definition = new Map(
    Object.entries(loadSync(path, { keepCase: true, longs: String, defaults: true })),
  );
  const methods = definition.get(service);
  if (!isService(methods)) throw new TypeError(`Expected a service ${service} in ${path}`);
  const state = createState();
  const SetNum = answer(async ({ key, value }: { readonly key: string; readonly value: string }) => ({
    total: `${await rules.setNum(state, key, BigInt(value))}`,
  }));
  const Fact = answer(async ({ key }: { readonly key: string }) => {
    const { value, ...rest } = await rules.fact(state, key);
    return { value: `${value}`, ...rest };
  });
  return listen(methods, { SetNum, Fact });
}

function isService(definition: unknown): definition is ServiceDefinition {
  return typeof definition === 'object' && definition !== null && 'SetNum' in definition;
}

/** What is thrown without a code is what grpc makes of an exception in Python: UNKNOWN, and the server goes on. */
function answer<Request, Response>(
  handle: (request: Request) => Promise<Response> | Response,
): handleUnaryCall<Request, Response> {
  return ({ request }, callback) => {
    new Promise<Response>((resolve) => resolve(handle(request))).then(
      (reply) => callback(null, reply),
      (error: unknown) =>
        callback({ code: codeOf(error), details: `Exception calling application: ${error}` }),
    );
  };
}

function codeOf(error: unknown): status {
  const isCoded = error instanceof Error && 'code' in error && typeof error.code === 'number';
  return isCoded ? Number(error.code) : status.UNKNOWN;
}

async function listen(
  definition: ServiceDefinition,
  methods: UntypedServiceImplementation,
): Promise<SmallServer> {
  const server = new Server();
  server.addService(definition, methods);
  return { port: await bind(server), close: () => server.forceShutdown() };
}
