import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { credentials } from '@grpc/grpc-js';
import {
  HealthClient,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../generated/grpc/health/v1/health.ts';
import { hasKubectl, skipWithout } from '../support/foreign.ts';
import { type Part, readConfig, readDocuments } from '../support/manifest.ts';
import { root } from '../support/process.ts';
import { serveStack } from '../support/stack.ts';

const manifest = readDocuments('deploy/kubernetes.yaml');

function ofKind(kind: string): Part {
  const found = manifest.find((document) => document.at('kind').value === kind);
  assert.ok(found, `a ${kind}`);
  return found;
}

const pod = ofKind('Deployment').at('spec', 'template', 'spec');
const container = pod.at('containers', 0);
const config = readConfig(container.at('args').texts());

test('kubernetes: the flags are those of the server, and the ports are where it listens', () => {
  const ports = new Map(
    container
      .at('ports')
      .each()
      .map((port) => [port.at('name').value, port.at('containerPort').value]),
  );
  assert.deepEqual(
    [...ports],
    [
      ['grpc', config.port],
      ['metrics', config.metricsPort],
    ],
  );
  assert.deepEqual([config.host, config.metricsHost], ['::', '::'], 'reachable from outside of the pod');
  const annotations = ofKind('Deployment').at('spec', 'template', 'metadata', 'annotations');
  assert.equal(annotations.at('prometheus.io/port').value, String(config.metricsPort));
});

test('kubernetes: each probe asks the port of the calls for a service whose health is known', async () => {
  const stack = await serveStack();
  const client = new HealthClient(stack.address, credentials.createInsecure(), {
    'grpc.enable_http_proxy': 0,
  });
  const probes = { startupProbe: '', livenessProbe: '', readinessProbe: 'NumStore' };
  for (const [probe, service] of Object.entries(probes)) {
    const { value } = container.at(probe, 'grpc');
    assert.deepEqual(value, { port: config.port, service }, probe);
    const status = await new Promise((resolve, reject) => {
      client.check({ service }, (error, reply) => (error ? reject(error) : resolve(reply.status)));
    });
    assert.equal(status, ServingStatus.SERVING, probe);
  }
  client.close();
  await stack.close();
});

test('kubernetes: the service is headless, and it and the budget select the pods', () => {
  const labels = ofKind('Deployment').at('spec', 'template', 'metadata', 'labels').value;
  assert.equal(ofKind('Service').at('spec', 'clusterIP').value, 'None');
  assert.deepEqual(ofKind('Service').at('spec', 'selector').value, labels);
  assert.deepEqual(ofKind('PodDisruptionBudget').at('spec', 'selector', 'matchLabels').value, labels);
  assert.deepEqual(ofKind('Deployment').at('spec', 'selector', 'matchLabels').value, labels);
  const targets = ofKind('Service').at('spec', 'ports').each();
  assert.deepEqual(
    targets.map((port) => [port.at('port').value, port.at('targetPort').value]),
    [
      [config.port, 'grpc'],
      [config.metricsPort, 'metrics'],
    ],
  );
});

test('kubernetes: a server has the pause, the drain and five seconds more to end', () => {
  const graceMs = Number(pod.at('terminationGracePeriodSeconds').value) * 1000;
  const pauseMs = Number(container.at('lifecycle', 'preStop', 'sleep', 'seconds').value) * 1000;
  assert.ok(graceMs >= pauseMs + config.drainMs + 5000);
});

test('kubernetes: a request of CPU and no limit of it, and a limit of memory above what the server may take', () => {
  const resources = container.at('resources');
  assert.deepEqual(resources.at('requests').names(), ['cpu', 'memory']);
  assert.deepEqual(resources.at('limits').names(), ['memory']);
  const [, gibibytes] = /^(\d+)Gi$/.exec(String(resources.at('limits', 'memory').value)) ?? [];
  assert.ok(Number(gibibytes) * 2 ** 30 >= config.computeMemoryBytes + config.resultBytes + 2 ** 29);
});

test('kubernetes: the container may do nothing that the server does not need', () => {
  assert.deepEqual(pod.at('securityContext').value, {
    runAsNonRoot: true,
    runAsUser: 1000,
    runAsGroup: 1000,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  assert.deepEqual(container.at('securityContext').value, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  assert.equal(pod.at('automountServiceAccountToken').value, false);
});

/** What of `written` is not in `understood`, by its path. */
function lost(written: unknown, understood: unknown, path = ''): readonly string[] {
  if (typeof written !== 'object' || written === null) return written === understood ? [] : [path];
  return Object.entries(written).flatMap(([name, part]) =>
    lost(part, Reflect.get(Object(understood), name), `${path}/${name}`),
  );
}

test('kubernetes: kubectl knows every field of the deployment', {
  skip: skipWithout('kubectl', hasKubectl(), 'needs kubectl, of any version from 1.30 on'),
}, () => {
  // With its own types and without a cluster; what they do not have is gone from what it writes.
  const written = ofKind('Deployment').value;
  const words = ['set', 'image', '--local', '-f', '-', 'numstore=other', '-o', 'json'];
  const output = execFileSync('kubectl', words, { input: JSON.stringify(written), encoding: 'utf8' });
  assert.deepEqual(lost(written, JSON.parse(output)), ['/spec/template/spec/containers/0/image']);
});

const [compose] = readDocuments('compose.yaml');
assert.ok(compose);
const services = compose.at('services');

test('compose: a server has the drain and five seconds more to end, and the default leaves Docker two', () => {
  const { drainMs } = readConfig([]);
  for (const service of ['numstore-1', 'numstore-2', 'numstore-3']) {
    const [, seconds] = /^(\d+)s$/.exec(String(services.at(service, 'stop_grace_period').value)) ?? [];
    assert.ok(Number(seconds) * 1000 >= drainMs + 5000, service);
  }
  assert.ok(drainMs + 2000 <= 10_000);
});

test('compose: each server shows metrics where Prometheus looks for them', () => {
  const names = services.names().filter((name) => name.startsWith('numstore-'));
  assert.equal(names.length, 3);
  const targets = names.map((name) => {
    const environment = services.at(name, 'environment').value;
    assert.ok(typeof environment === 'object' && environment !== null);
    const { metricsPort, metricsHost, metricsNames } = readConfig([], { ...environment });
    assert.equal(metricsHost, '::');
    assert.ok(metricsNames?.includes(name), 'Prometheus asks by the name of the service');
    return `${name}:${metricsPort}`;
  });
  const [prometheus] = readDocuments('deploy/prometheus/prometheus.yaml');
  assert.deepEqual(prometheus?.at('scrape_configs', 0, 'static_configs', 0, 'targets').value, targets);
});

test('compose: every file of ours that a service mounts exists, and what only watches is in its own profile', () => {
  for (const name of ['prometheus', 'grafana']) {
    assert.deepEqual(services.at(name, 'profiles').value, ['observe']);
    const mounts = services.at(name, 'volumes').texts();
    for (const mount of mounts.filter((text) => text.startsWith('.'))) {
      const [source = ''] = mount.split(':');
      assert.ok(existsSync(join(root, source)), source);
    }
    assert.match(String(services.at(name, 'ports', 0).value), /^127\.0\.0\.1:/);
  }
});
