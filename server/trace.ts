import type { Call } from './rpc/call.ts';

/** traceparent of W3C Trace Context: version, trace id, parent id, flags; later versions may add to the end. */
const traceparent = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/** The trace that a call belongs to, by its metadata `traceparent`; `undefined` if it has none that is valid. */
export function readTraceId(call: Pick<Call, 'metadata'>): string | undefined {
  const [, version, traceId, more] = traceparent.exec(call.metadata('traceparent') ?? '') ?? [];
  return version === '00' && more !== undefined ? undefined : traceId;
}
