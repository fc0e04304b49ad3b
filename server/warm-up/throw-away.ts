import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { createLock } from '../domain/lock.ts';
import { listen } from '../net/listener.ts';
import type { Pool } from '../pool/pool.ts';
import { createHandlers, type Handlers } from '../rpc/handlers.ts';
import { createHealth } from '../rpc/health.ts';
import type { Observer } from '../rpc/observer.ts';
import type { Guard } from '../security/authorize.ts';
import { digestOf, type Token } from '../security/token-file.ts';
import { createCache } from '../service/cache.ts';
import { createInFlight } from '../service/in-flight.ts';
import { createMemoryBudget } from '../service/memory-budget.ts';
import { createService, type Service } from '../service/service.ts';
import { createMemoryStore } from '../store/memory.ts';
import { connectionTimes, readerStallMs } from '../transports/connection-limits.ts';
import { createTransport } from '../transports/create.ts';
import type { TransportName } from '../transports/transport.ts';
import { largestN, tasksMax } from './calls.ts';
import { WarmUpFault } from './fault.ts';

/** Room for 250 results of two chunks; the cache keeps ten. */
const resultBytesMax = 16 * 2 ** 20;

/** IPv4 first. A machine may lack either. */
const loopbacks = ['127.0.0.1', '::1'] as const;

/** The parts of the real server that its copy is made from. */
export interface ThrowAwayOptions {
  readonly transport: TransportName;
  /** Its workers compute the factorials, and count them apart. */
  readonly pool: Pick<Pool, 'apart'>;
  /** A copy of the server's observer, never read. @default nothing is measured */
  readonly observer?: Observer | undefined;
  /** Makes a copy of the server's guard, for other tokens. @default no guard */
  readonly createGuard?: (tokens: readonly Token[]) => Guard | undefined;
  /** Makes the handlers. @default those of the server */
  readonly createHandlers?: (service: Service) => Handlers;
}

/** An empty copy of the server on the loopback interface. */
export interface ThrowAway {
  readonly kind: 'open';
  readonly host: string;
  readonly port: number;
  /** The metadata that the guard expects. */
  readonly metadata: readonly (readonly [name: string, value: string])[];
  /** The first internal error: the status of its call does not tell the cause. */
  readonly fault: WarmUpFault | undefined;
  /** Closes every connection at once, and each new one. */
  cut(): void;
  /** Drains the connections for at most `drainMs`. Resolves when none is left. */
  close(drainMs: number): Promise<void>;
}

/** The loopback interface of this machine takes no connection. */
export interface Unreachable {
  readonly kind: 'unreachable';
  readonly cause: unknown;
}

/** Opens the copy, with a lock, a store, a cache and a guard of its own. */
export async function openThrowAway(options: ThrowAwayOptions): Promise<ThrowAway | Unreachable> {
  const { createHandlers: create = (service) => createHandlers(service, 'memory') } = options;
  const token = randomBytes(32).toString('hex');
  const guard = options.createGuard?.([{ access: 'read-write', digest: digestOf(token) }]);
  const sockets = new Set<Socket>();
  let fault: WarmUpFault | undefined;
  let isCut = false;
  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  const fail = (cause: unknown): void => {
    fault ??= new WarmUpFault(`A call failed inside the server: ${String(cause)}`, { cause });
  };
  const transport = await createTransport(options.transport, {
    handlers: create(createThrowAwayService(options)),
    guard,
    health: createHealth([], []),
    reflect: undefined,
    observer: options.observer,
    onInternalError: (_id, error) => fail(error),
    onConnectionKilled: fail,
    readerStallMs,
    times: connectionTimes,
    cut,
  });
  const listener = createServer({ noDelay: true }, (socket) => {
    if (isCut) return void socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // An error without a listener would end the process.
    socket.on('error', () => socket.destroy());
    transport.accept(socket);
  });
  const bound = await listenOnLoopback(listener);
  if (bound.kind === 'unreachable') return bound;
  return {
    kind: 'open',
    host: bound.host,
    port: bound.port,
    metadata: guard === undefined ? [] : [['authorization', `Bearer ${token}`]],
    get fault() {
      return fault;
    },
    cut,
    async close(drainMs) {
      const closed = new Promise((resolve) => listener.close(resolve));
      await transport.drain(drainMs);
      cut();
      await closed;
    },
  };
}

/** Makes a service of its own parts, apart from the workers. */
function createThrowAwayService({ pool, observer }: ThrowAwayOptions): Service {
  const lock = createLock({ onWaited: observer?.lockWaited, onHeld: observer?.lockHeld });
  return createService({
    lock,
    store: createMemoryStore({ lock }),
    cache: createCache({ bytesMax: resultBytesMax }),
    inFlight: createInFlight(),
    memory: createMemoryBudget(resultBytesMax),
    pool: pool.apart({ queueLimit: tasksMax, onDone: observer?.taskEnded }),
    nMax: largestN,
  });
}

type Bound = { readonly kind: 'bound'; readonly host: string; readonly port: number };

async function listenOnLoopback(listener: Server): Promise<Bound | Unreachable> {
  let cause: unknown;
  for (const host of loopbacks) {
    try {
      return { kind: 'bound', host, port: await listen(listener, host, 0) };
    } catch (error) {
      cause = error;
    }
  }
  return { kind: 'unreachable', cause };
}
