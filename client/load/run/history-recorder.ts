import { NumStoreClientError } from '../../api/client-error.ts';
import type { NumStoreTypedClient } from '../../api/typed-client.ts';
import { History, type HistoryColumns } from '../../linearizability/history.ts';
import type { NewOperation } from '../../linearizability/operation.ts';
import type { FailureCode } from './outcome.ts';
import { createKeys } from './plan.ts';

/** The calls whose answers can be judged. */
export type RecordedClient = Pick<NumStoreTypedClient, 'setNum' | 'fact'>;

/** Records the calls of one thread, on a clock that all threads share. */
export class HistoryRecorder {
  readonly history = new History();
  readonly #originNs: bigint;

  constructor(originNs: bigint) {
    this.#originNs = originNs;
  }

  /** Nanoseconds since the origin: exact in a double for a hundred days. */
  now(): number {
    return Number(process.hrtime.bigint() - this.#originNs);
  }

  /** Records a call that has ended without an answer. */
  addFailed(
    call: Pick<NewOperation, 'kind' | 'key' | 'argument' | 'start' | 'end'>,
    code: FailureCode,
  ): void {
    this.history.add({ ...call, outcome: refusals.has(code) ? 'refused' : 'unknown' });
  }
}

/**
 * After these nothing has changed. Not so after UNAVAILABLE: our server means by it that nothing was applied, but a
 * client says it, too, of a connection that was lost after the request had gone.
 */
const refusals: ReadonlySet<FailureCode> = new Set([
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'FAILED_PRECONDITION',
  'OUT_OF_RANGE',
  'RESOURCE_EXHAUSTED',
  'UNIMPLEMENTED',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'NOT_SENT',
  'UNREACHABLE',
  'INVALID_OPTION',
  'INVALID_KEY',
  'INVALID_VALUE',
  'CLOSED',
]);

/** The numbers by which the history knows the keys. */
export function numberKeys(count: number): ReadonlyMap<string, number> {
  return new Map(createKeys(count).map((key, number) => [key, number]));
}

/** The same client, whose calls are recorded; the revision of each write is asked for. */
export function recordClient(
  client: RecordedClient,
  recorder: HistoryRecorder,
  keys: ReadonlyMap<string, number>,
): RecordedClient {
  const watch = async <Answer>(
    call: Pick<NewOperation, 'kind' | 'key' | 'argument'>,
    send: () => Promise<Answer>,
    read: (answer: Answer) => Partial<NewOperation>,
  ): Promise<Answer> => {
    const start = recorder.now();
    try {
      const answer = await send();
      const end = recorder.now();
      recorder.history.add({ ...call, start, end, outcome: 'ok', ...read(answer) });
      return answer;
    } catch (error) {
      recorder.addFailed({ ...call, start, end: recorder.now() }, NumStoreClientError.from(error).code);
      throw error;
    }
  };
  const numberOf = (key: string): number => keys.get(key) ?? keys.size;
  return {
    setNum: (key, value, options) => {
      let revision = 0;
      const onRevision = (told: bigint): void => {
        revision = Number(told);
        options?.onRevision?.(told);
      };
      return watch(
        { kind: 'setNum', key: numberOf(key), argument: value },
        () => client.setNum(key, value, { ...options, onRevision }),
        (total) => ({ total, revision }),
      );
    },
    fact: (key, options) =>
      watch(
        { kind: 'fact', key: numberOf(key) },
        () => client.fact(key, options),
        (reply) => (reply.kind === 'error' ? {} : { value: reply.value, hit: reply.hit, found: true }),
      ),
  };
}

/** What to hand over instead of copying when a history goes to another thread. */
export function buffersOf({ length: _length, ...columns }: HistoryColumns): ArrayBuffer[] {
  return Object.values(columns).map(({ buffer }) => buffer);
}
