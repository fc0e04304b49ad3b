import {
  type HealthCheckRequest,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../generated/grpc/health/v1/health.ts';
import { NumStoreError } from '../domain/errors.ts';
import type { Call, StreamHandler, UnaryHandler } from './call.ts';
import { echo } from './echo.ts';

/** The name that stands for the server as a whole. */
const wholeServer = '';

/** The standard health service: who may be asked, what is answered, and the handlers that answer it. */
export interface Health {
  readonly check: UnaryHandler<HealthCheckRequest, HealthCheckResponse>;
  /** Sends the status now and at each change; ends with UNAVAILABLE when the server drains. */
  readonly watch: StreamHandler<HealthCheckRequest, HealthCheckResponse>;
  /** From now on everything is SERVING that does not need a store which is away. */
  serve(): void;
  /** Whether the store can be reached. */
  setStoreServing(isServing: boolean): void;
  /** Whether everything is SERVING. */
  readonly isReady: boolean;
  /** From now on, and for good, everything is NOT_SERVING: watchers are told so and their calls end. */
  drain(): void;
}

/**
 * The health of `services` (full names) and of the server as a whole; NOT_SERVING until told otherwise. Those of
 * `storeServices` are NOT_SERVING while the store is away, too: they are not ready, but the server is alive.
 */
export function createHealth(services: readonly string[], storeServices: readonly string[]): Health {
  const known = new Set([wholeServer, ...services]);
  let state: 'starting' | 'serving' | 'draining' = 'starting';
  let storeServing = true;
  let changed = new AbortController();

  const change = (apply: () => void): void => {
    apply();
    const before = changed;
    changed = new AbortController();
    before.abort();
  };

  const statusOf = (service: string): ServingStatus => {
    if (!known.has(service)) return ServingStatus.SERVICE_UNKNOWN;
    const isReady = storeServing || !storeServices.includes(service);
    return state === 'serving' && isReady ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  };

  return {
    async check({ service }) {
      const status = statusOf(service);
      if (status === ServingStatus.SERVICE_UNKNOWN) {
        throw new NumStoreError('UNKNOWN_SERVICE', `There is no service "${echo(service)}" here`);
      }
      return { status };
    },
    async *watch({ service }, call) {
      let sent: ServingStatus | undefined;
      for (;;) {
        const next = changed.signal;
        const status = statusOf(service);
        if (status !== sent) yield { status };
        sent = status;
        if (state === 'draining') throw new NumStoreError('STOPPING', 'The server is stopping');
        await eitherAborted(next, call);
      }
    },
    serve: () =>
      change(() => {
        state = 'serving';
      }),
    setStoreServing: (isServing) =>
      change(() => {
        storeServing = isServing;
      }),
    get isReady() {
      return state === 'serving' && storeServing;
    },
    drain: () =>
      change(() => {
        state = 'draining';
      }),
  };
}

/** Resolves when `change` is aborted; rejects when the call is. */
function eitherAborted(change: AbortSignal, { signal }: Call): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    if (change.aborted) return resolve();
    const settle = (): void => {
      signal.removeEventListener('abort', settle);
      change.removeEventListener('abort', settle);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    signal.addEventListener('abort', settle);
    change.addEventListener('abort', settle);
  });
}
