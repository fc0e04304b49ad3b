import type { Timing } from '../domain/caller.ts';
import type { Log } from '../domain/log.ts';
import type { Call } from '../rpc/call.ts';
import type { Observer } from '../rpc/observer.ts';
import { LineLimit } from './log-rate-limit.ts';
import { isOwnCall } from './observer.ts';

/** When everything is slow. */
const linesPerSecondMax = 10;

/**
 * An observer that logs each call of our own services that took `slowMs` or longer, and where its time went. Keys
 * are not logged: they may tell what a log should not know.
 */
export function createSlowLog(log: Pick<Log, 'warn'>, slowMs: number): Observer {
  const lines = new LineLimit(linesPerSecondMax);
  return {
    callStarted() {},
    callEnded(ended) {
      if (ended.durationMs < slowMs || !isOwnCall(ended)) return;
      const { path, code, durationMs, endedAt, call } = ended;
      lines.admit(endedAt, (suppressed) => {
        const spent = call.timing === undefined ? undefined : describe(call.timing, durationMs);
        const traceId = readTraceId(call);
        log.warn(
          { path, code, durationMs: round(durationMs), ...spent, traceId, suppressed },
          'slow request',
        );
      });
    },
    taskEnded() {},
    lockWaited() {},
    lockHeld() {},
  };
}

/** The parts of a call's time, and the name of the largest; `other` is what nobody measured. */
function describe(timing: Timing, durationMs: number): Record<string, unknown> {
  const { lockMs, queueMs, computeMs, storeMs, sendMs, cache, n } = timing;
  const measured = { lock: lockMs, queue: queueMs, compute: computeMs, store: storeMs, send: sendMs };
  const other = durationMs - Object.values(measured).reduce((sum, ms) => sum + ms, 0);
  const parts = Object.entries({ ...measured, other: Math.max(0, other) });
  const [mostly] = parts.reduce((largest, part) => (part[1] > largest[1] ? part : largest));
  return {
    mostly,
    ...Object.fromEntries(parts.map(([name, ms]) => [`${name}Ms`, round(ms)])),
    cache,
    n,
  };
}

/** Whole microseconds. */
function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/** traceparent of W3C Trace Context: version, trace id, parent id, flags; later versions may add to the end. */
const traceparent = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/** The trace that a call belongs to, by its metadata `traceparent`; `undefined` if it has none that is valid. */
export function readTraceId(call: Pick<Call, 'metadata'>): string | undefined {
  const [, version, traceId, more] = traceparent.exec(call.metadata('traceparent') ?? '') ?? [];
  return version === '00' && more !== undefined ? undefined : traceId;
}
