import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { credentials, status as Status } from '@grpc/grpc-js';
import {
  type HealthCheckResponse,
  HealthClient,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../generated/grpc/health/v1/health.ts';
import { createHealth } from '../../server/rpc/health.ts';
import { patientCaller, serveStack } from '../support/stack.ts';

const options = { 'grpc.enable_http_proxy': 0 } as const;

function check(client: HealthClient, service: string): Promise<HealthCheckResponse> {
  return new Promise((resolve, reject) => {
    client.check({ service }, (error, reply) => (error ? reject(error) : resolve(reply)));
  });
}

test('health: the server and each of its services are SERVING; any other is NOT_FOUND', async () => {
  const stack = await serveStack();
  const client = new HealthClient(stack.address, credentials.createInsecure(), options);
  for (const service of ['', 'NumStore', 'grpc.health.v1.Health']) {
    assert.equal((await check(client, service)).status, ServingStatus.SERVING, service);
  }
  await assert.rejects(check(client, 'Nothing'), { code: Status.NOT_FOUND });
  await assert.rejects(check(client, `${'n'.repeat(199)}😀${'n'.repeat(9_000)}`), {
    code: Status.NOT_FOUND,
    details: `There is no service "${'n'.repeat(199)}..." here`,
  });
  client.close();
  await stack.close();
});

test('health: a watcher hears SERVING, and when the server drains NOT_SERVING and the end of the call', async () => {
  const stack = await serveStack();
  const client = new HealthClient(stack.address, credentials.createInsecure(), options);
  const watch = client.watch({ service: '' });
  const heard: number[] = [];
  watch.on('data', ({ status }: HealthCheckResponse) => heard.push(status));
  await once(watch, 'data');
  const ended = once(watch, 'error');
  // The drain has ten seconds, and needs none of them: a watcher does not hold it up.
  assert.equal(await stack.server.close(10_000), true);
  const [error] = await ended;
  assert.equal(error.code, Status.UNAVAILABLE);
  assert.deepEqual(heard, [ServingStatus.SERVING, ServingStatus.NOT_SERVING]);
  client.close();
  await stack.close();
});

test('health: before the server serves it is NOT_SERVING, and an unknown service is SERVICE_UNKNOWN to a watcher', async () => {
  const health = createHealth(['NumStore'], ['NumStore']);
  const first = async (service: string): Promise<number | undefined> => {
    for await (const { status } of health.watch({ service }, patientCaller())) return status;
    return undefined;
  };
  assert.equal(
    (await health.check({ service: 'NumStore' }, patientCaller())).status,
    ServingStatus.NOT_SERVING,
  );
  assert.equal(await first('NumStore'), ServingStatus.NOT_SERVING);
  assert.equal(await first('Nothing'), ServingStatus.SERVICE_UNKNOWN);
});

test('health: while the store is away the services that need it are NOT_SERVING, and the server is alive', async () => {
  const stack = await serveStack();
  const client = new HealthClient(stack.address, credentials.createInsecure(), options);
  const statuses = async (): Promise<number[]> => {
    const services = ['', 'NumStore', 'NumStoreExtended', 'grpc.health.v1.Health'];
    return Promise.all(services.map(async (service) => (await check(client, service)).status));
  };
  const { SERVING, NOT_SERVING } = ServingStatus;
  stack.server.setStoreServing(false);
  assert.deepEqual(await statuses(), [SERVING, NOT_SERVING, NOT_SERVING, SERVING]);
  stack.server.setStoreServing(true);
  assert.deepEqual(await statuses(), [SERVING, SERVING, SERVING, SERVING]);
  client.close();
  await stack.close();
});
