import { type GrpcClient, openGrpcClient } from '../../transport/index.ts';
import { makeCalls } from './calls.ts';
import { RefusedCall } from './fault.ts';
import { openThrowAway, type ThrowAway, type ThrowAwayOptions, type Unreachable } from './throw-away.ts';

/** Milliseconds in which calls may begin: what a start may cost. grpc-js makes some 700 calls. */
const callsMsDefault = 300;

/**
 * Milliseconds that the calls in flight may then take before their connections are closed: a machine
 * that needs longer for its first calls cannot serve.
 */
const endMs = 2_000;

/** Milliseconds for the connections to close, of which no call is left. */
const drainMs = 100;

/** As many connections as a run of the exercise has. */
const clientsCount = 8;

export interface WarmUpOptions extends ThrowAwayOptions {
  /** Milliseconds in which calls may begin. @default 300 */
  readonly callsMs?: number;
}

/** How a warm-up ended. */
export type WarmUp = { readonly kind: 'done' } | Unreachable;

/**
 * Runs the path of a request before the server listens, so that no client's first calls pay for
 * V8's compiler. Clients in this process call an empty copy of the server over real sockets: the
 * same transport, guard, decoder, handlers and service, made by the same functions. V8 shares what
 * it learns of a closure with all closures of the same code, so the copy warms the server. The two
 * have the pool's workers in common, and nothing else.
 *
 * TLS is left out, and the copy speaks clear text: TLS ends before a transport gets its connection,
 * and OpenSSL needs no compiler.
 *
 * The end of its time is no fault, since a slow machine must start as well; nor is a refusal for
 * overload. A handler that never responds looks like a slow machine: its calls are cancelled.
 * @throws WarmUpFault if a call fails or its answer is wrong
 */
export async function warmUp(options: WarmUpOptions): Promise<WarmUp> {
  const { callsMs = callsMsDefault } = options;
  const deadline = performance.now() + callsMs;
  const server = await openThrowAway(options);
  if (server.kind === 'unreachable') return server;
  let isCut = false;
  const cut = (): void => {
    isCut = true;
    server.cut();
  };
  const limit = setTimeout(cut, callsMs + endMs);
  const { clients, cause } = await openClients(server, callsMs);
  try {
    if (clients.length < clientsCount) return { kind: 'unreachable', cause };
    const isOver = (): boolean => isCut || performance.now() >= deadline;
    await makeCalls({ clients, metadata: server.metadata, isOver });
    return { kind: 'done' };
  } catch (error) {
    const isSlow = isCut || error instanceof RefusedCall;
    // The other calls are still in flight after a fault.
    cut();
    if (isSlow) return { kind: 'done' };
    throw server.fault ?? error;
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    await server.close(drainMs);
    clearTimeout(limit);
  }
}

/** Connects the clients. Where one fails, there are fewer of them, and a cause. */
async function openClients(
  { host, port }: ThrowAway,
  connectMs: number,
): Promise<{ readonly clients: readonly GrpcClient[]; readonly cause: unknown }> {
  const opening = Array.from({ length: clientsCount }, () => openGrpcClient({ host, port, connectMs }));
  const clients: GrpcClient[] = [];
  let cause: unknown;
  for (const outcome of await Promise.allSettled(opening)) {
    if (outcome.status === 'fulfilled') clients.push(outcome.value);
    else cause = outcome.reason;
  }
  return { clients, cause };
}
