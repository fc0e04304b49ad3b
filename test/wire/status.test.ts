import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status as Status } from '@grpc/grpc-js';
import { SetNumRequest } from '../../generated/numstore.ts';
import { type ErrorCode, NumStoreError } from '../../server/domain/errors.ts';
import type { Handlers } from '../../server/rpc/handlers.ts';
import { openServer } from '../../server/server.ts';
import { siblingModule } from '../../thread/start.ts';
import { serveStack } from '../support/stack.ts';
import { transport } from '../support/transport.ts';
import { until } from '../support/until.ts';
import { connect } from '../support/wire.ts';

/** DESIGN of the contract: every code, and the status that a caller sees. */
const table: Readonly<Record<ErrorCode, Status>> = {
  INVALID_KEY: Status.INVALID_ARGUMENT,
  INVALID_REQUEST: Status.INVALID_ARGUMENT,
  OVERFLOW: Status.OUT_OF_RANGE,
  STORE_FULL: Status.RESOURCE_EXHAUSTED,
  STORE_UNAVAILABLE: Status.UNAVAILABLE,
  OUTCOME_UNKNOWN: Status.UNKNOWN,
  STORE_CORRUPT: Status.DATA_LOSS,
  KEY_NOT_FOUND: Status.NOT_FOUND,
  NEGATIVE_VALUE: Status.FAILED_PRECONDITION,
  TOO_LARGE: Status.OUT_OF_RANGE,
  QUEUE_FULL: Status.RESOURCE_EXHAUSTED,
  RESULTS_FULL: Status.RESOURCE_EXHAUSTED,
  REQUESTS_FULL: Status.RESOURCE_EXHAUSTED,
  RATE_LIMITED: Status.RESOURCE_EXHAUSTED,
  READER_STALLED: Status.RESOURCE_EXHAUSTED,
  WORKER_LOST: Status.UNAVAILABLE,
  STOPPING: Status.UNAVAILABLE,
  UNKNOWN_SERVICE: Status.NOT_FOUND,
  UNAUTHENTICATED: Status.UNAUTHENTICATED,
  PERMISSION_DENIED: Status.PERMISSION_DENIED,
  CANCELLED: Status.CANCELLED,
  DEADLINE_EXCEEDED: Status.DEADLINE_EXCEEDED,
};

const request = SetNumRequest.encode({ key: 'k', value: 1n }).finish();

/** A server whose SetNum fails with `error`. */
async function withFailingServer(
  error: unknown,
  use: (wire: ReturnType<typeof connect>, internalErrors: readonly unknown[]) => Promise<void>,
): Promise<void> {
  const internalErrors: unknown[] = [];
  const fail = async (): Promise<never> => {
    throw error;
  };
  const failLate = async function* (): AsyncGenerator<never> {
    yield await fail();
  };
  const handlers: Handlers = {
    setNum: fail,
    fact: fail,
    factExact: failLate,
    getNum: fail,
    addNum: fail,
    deleteNum: fail,
    listNums: failLate,
    getStats: fail,
  };
  const onInternalError = (id: string, cause: unknown): unknown => internalErrors.push({ id, cause });
  const server = await openServer({
    host: '127.0.0.1',
    port: 0,
    transport,
    handlers,
    onInternalError,
    onConnectionKilled: (error) => internalErrors.push(error),
  });
  const wire = connect(`127.0.0.1:${server.port}`);
  try {
    await use(wire, internalErrors);
  } finally {
    wire.close();
    await server.close(0);
  }
}

for (const [code, status] of Object.entries(table)) {
  test(`status: ${code} reaches the wire as ${Status[status]}, with its message and its time to retry`, () => {
    const codes: readonly string[] = Object.keys(table);
    assert.ok(codes.includes(code));
    const error = new NumStoreError(code as ErrorCode, 'planted ü %', { retryAfterMs: 25 });
    return withFailingServer(error, async (wire, internalErrors) => {
      const reply = await wire.raw('/NumStore/SetNum', request);
      assert.ok(!reply.ok);
      assert.equal(reply.code, status);
      assert.equal(reply.details, 'planted ü %');
      assert.deepEqual(reply.metadata.get('grpc-retry-pushback-ms'), ['25']);
      assert.equal(internalErrors.length, 0);
    });
  });
}

test('status: an unknown error is INTERNAL with an opaque id; its message goes to the log alone', () =>
  withFailingServer(new Error('the password is sesame'), async (wire, internalErrors) => {
    const reply = await wire.raw('/NumStore/SetNum', request);
    assert.ok(!reply.ok);
    assert.equal(reply.code, Status.INTERNAL);
    assert.doesNotMatch(reply.details, /sesame/);
    const [logged] = internalErrors;
    assert.ok(typeof logged === 'object' && logged !== null && 'id' in logged);
    assert.ok(reply.details.includes(String(logged.id)));
  }));

test('deadline: a Fact that waits for a worker ends at its deadline, and is not computed', async () => {
  const stack = await serveStack({ workerFile: siblingModule('../support/workers/held', import.meta.url) });
  const wire = connect(stack.address);
  await wire.setNum('k', 5n);
  const reply = await wire.raw('/NumStore/Fact', Buffer.from('0a016b', 'hex'), 200);
  assert.equal(reply.ok ? undefined : reply.code, Status.DEADLINE_EXCEEDED);
  await until(() => stack.inFlight.size === 0, 'the flight to be given up');
  wire.close();
  await stack.close();
});
