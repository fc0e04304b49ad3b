import type { Store, StoreLoss, StoreStatus } from '../store/store.ts';
import type { Log } from './log.ts';

/** What happens to the store: logged, told to the server once there is one; `failed` says why it is over. */
export interface StoreWatch {
  readonly onStatus: (status: StoreStatus, cause: unknown) => void;
  readonly onLoss: (loss: StoreLoss) => void;
  readonly failed: Promise<string>;
  /** Why the store does not serve; `undefined` while it does. */
  readonly reason: string | undefined;
  tell(listener: (status: StoreStatus) => void, store: Store): void;
}

/** A watch that writes to `log`. */
export function watchStore(log: Log): StoreWatch {
  let listen: (status: StoreStatus) => void = () => undefined;
  let fail: (reason: string) => void = () => undefined;
  const failed = new Promise<string>((resolve) => {
    fail = resolve;
  });
  let reason: string | undefined;
  return {
    failed,
    get reason() {
      return reason;
    },
    onStatus(status, cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      reason =
        status === 'serving'
          ? undefined
          : `the store ${status === 'away' ? 'is away' : 'has failed'}: ${why}`;
      if (status === 'serving') log.info('the store is back');
      else log.error({ error: cause }, status === 'away' ? 'the store is away' : 'the store has failed');
      listen(status);
      if (status === 'failed') fail(describeFailure(cause));
    },
    onLoss: ({ acknowledged, found }) =>
      log.error(
        { acknowledged: String(acknowledged), found: String(found) },
        'the store has lost acknowledged writes: it went back to an older revision',
      ),
    tell(listener, store) {
      listen = listener;
      listener(store.status);
    },
  };
}

function describeFailure(cause: unknown): string {
  return `The store has failed: ${cause instanceof Error ? cause.message : cause}`;
}
