import type { Security } from '../../security/options.ts';
import type { WitnessPlan } from './history-plan.ts';
import type { Workload } from './keys.ts';
import type { RunProgress } from './progress.ts';

/** What a thread is started with. */
export interface WorkerInput extends Workload {
  readonly host: string;
  readonly port: number;
  /** @default clear text, without a token */
  readonly security?: Security;
  readonly progress: RunProgress;
  /** whether to ask the server where its time went @default false */
  readonly isTimed?: boolean;
  /** undefined: nothing is recorded but the times */
  readonly witness?: WitnessPlan | undefined;
}

/** From the coordinator: all threads are connected, begin. */
export interface StartMessage {
  readonly kind: 'start';
  /** the common start on the clock that all threads share, `process.hrtime`; it may lie ahead */
  readonly atNs: bigint;
}

/** From a thread. After `unreachable` and `finished` it ends by itself. */
export type WorkerMessage<Tally> =
  | { readonly kind: 'connected' }
  | { readonly kind: 'unreachable'; readonly message: string }
  | { readonly kind: 'finished'; readonly tally: Tally };

const workerMessageKinds: ReadonlySet<unknown> = new Set<WorkerMessage<unknown>['kind']>([
  'connected',
  'unreachable',
  'finished',
]);

/** Both ends are of one build, so the kind tells all. */
export function isWorkerMessage<Tally>(message: unknown): message is WorkerMessage<Tally> {
  return (
    typeof message === 'object' &&
    message !== null &&
    'kind' in message &&
    workerMessageKinds.has(message.kind)
  );
}

/** Whether a thread was started by our coordinator: `workerData` says what to do. */
export function isWorkerInput(data: unknown): data is WorkerInput {
  if (typeof data !== 'object' || data === null) return false;
  const fields = new Map<string, unknown>(Object.entries(data));
  const numbers = ['port', 'seed', 'thread', 'requests', 'keys'];
  return (
    typeof fields.get('host') === 'string' &&
    numbers.every((name) => typeof fields.get(name) === 'number') &&
    fields.get('progress') instanceof Int32Array
  );
}
