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
