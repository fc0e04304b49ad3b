import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTiming } from '../../../../server/domain/caller.ts';
import { createSlowLog, readTraceId } from '../../../../server/telemetry/slow-log.ts';
import { patientCaller } from '../../../support/stack.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentId = '00f067aa0ba902b7';

const traceOf = (traceparent: string | undefined): string | undefined =>
  readTraceId({ metadata: (name) => (name === 'traceparent' ? traceparent : undefined) });

test('traceparent: the trace id of a valid one is read, of later versions with more fields too', () => {
  assert.equal(traceOf(`00-${traceId}-${parentId}-01`), traceId);
  assert.equal(traceOf(`cc-${traceId}-${parentId}-00`), traceId);
  assert.equal(traceOf(`01-${traceId}-${parentId}-00-what-comes-later`), traceId);
});

test('traceparent: what the standard calls invalid is as none at all', () => {
  const invalid = [
    undefined,
    '',
    'x',
    `ff-${traceId}-${parentId}-01`,
    `00-${'0'.repeat(32)}-${parentId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${parentId}-01`,
    `00-${traceId}-${parentId}-01-more`,
    `00-${traceId}-${parentId}-1`,
    `01-${traceId}-${parentId}-00more`,
    `00-${traceId}0-${parentId}-01`,
    ` 00-${traceId}-${parentId}-01`,
    `00-${traceId}-${parentId}-01\n`,
  ];
  for (const text of invalid) assert.equal(traceOf(text), undefined, text);
});

/** A slow log at 100 ms, and its lines. */
function slowLog() {
  const lines: unknown[] = [];
  const log = createSlowLog({ warn: (line: unknown) => lines.push(line) }, 100);
  const end = (durationMs: number, endedAt = 0, path = '/NumStore/Fact'): void => {
    const timing = { ...createTiming(), queueMs: 20, computeMs: 90.1234, cache: 'miss', n: 7 } as const;
    const metadata = (): string => `00-${traceId}-${parentId}-01`;
    log.callEnded({
      path,
      code: 'OK',
      durationMs,
      endedAt,
      call: { ...patientCaller(), metadata, timing },
    });
  };
  return { lines, end };
}

test('slow log: a slow call is logged with where its time went, its number and its trace, and a quick one is not', () => {
  const { lines, end } = slowLog();
  end(99.9);
  end(120);
  end(5000, 0, '/grpc.health.v1.Health/Watch');
  assert.deepEqual(lines, [
    {
      path: '/NumStore/Fact',
      code: 'OK',
      durationMs: 120,
      mostly: 'compute',
      lockMs: 0,
      queueMs: 20,
      computeMs: 90.123,
      storeMs: 0,
      sendMs: 0,
      otherMs: 9.877,
      cache: 'miss',
      n: 7,
      traceId,
      suppressed: undefined,
    },
  ]);
});

test('slow log: at most ten lines per second, and the next tells how many were left out', () => {
  const { lines, end } = slowLog();
  for (let call = 0; call < 1000; call++) end(200, 500);
  assert.equal(lines.length, 10);
  end(200, 1500);
  assert.equal(lines.length, 11);
  assert.ok(typeof lines[10] === 'object' && lines[10] !== null && 'suppressed' in lines[10]);
  assert.equal(lines[10].suppressed, 990);
});
