/** The one listener of a signal, and what it cancels. */
interface Hub {
  readonly cancels: Set<() => void>;
  readonly fire: () => void;
}

const hubs = new WeakMap<AbortSignal, Hub>();

/**
 * Calls `cancel` when the signal aborts, until disposed. All calls with one signal share a listener:
 * a signal of a whole program would else hold thousands, of which Node warns.
 */
export function onAbort(signal: AbortSignal | undefined, cancel: () => void): Disposable {
  if (signal === undefined) return { [Symbol.dispose]: () => undefined };
  const hub = hubs.get(signal) ?? createHub(signal);
  hub.cancels.add(cancel);
  return {
    [Symbol.dispose]: () => {
      hub.cancels.delete(cancel);
      if (hub.cancels.size > 0) return;
      signal.removeEventListener('abort', hub.fire);
      hubs.delete(signal);
    },
  };
}

function createHub(signal: AbortSignal): Hub {
  const cancels = new Set<() => void>();
  const hub = {
    cancels,
    fire: (): void => {
      for (const cancel of cancels) cancel();
    },
  };
  signal.addEventListener('abort', hub.fire, { once: true });
  hubs.set(signal, hub);
  return hub;
}
