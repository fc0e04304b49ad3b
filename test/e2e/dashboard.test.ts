import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasPrometheus, skipWithout } from '../support/foreign.ts';
import { type Part, readDocuments } from '../support/manifest.ts';
import { type MeasuredServer, startMeasured } from '../support/metrics.ts';
import { root, start } from '../support/process.ts';
import { until } from '../support/until.ts';
import { connect } from '../support/wire.ts';

/** A query of the dashboard, as Prometheus gets it. */
interface Query {
  readonly panel: string;
  readonly expr: string;
}

function readQueries(): readonly Query[] {
  const [dashboard] = readDocuments('deploy/grafana/numstore.json');
  assert.ok(dashboard);
  const panels = dashboard
    .at('panels')
    .each()
    .filter((panel) => panel.at('type').value !== 'row');
  const queries = panels.flatMap((panel) =>
    panel
      .at('targets')
      .each()
      .map((target) => ({
        panel: String(panel.at('title').value),
        expr: String(target.at('expr').value)
          .replaceAll('$instance', '.*')
          .replaceAll('$__rate_interval', '1m'),
      })),
  );
  assert.ok(queries.length > 20);
  return queries;
}

function readAlerts(): readonly Query[] {
  const [alerts] = readDocuments('deploy/prometheus/alerts.yaml');
  assert.ok(alerts);
  const rules: readonly Part[] = alerts.at('groups', 0, 'rules').each();
  return rules.map((rule) => ({
    panel: String(rule.at('alert').value),
    expr: String(rule.at('expr').value),
  }));
}

/** The names of metrics in an expression: what is followed by labels, a range or nothing, and is no label itself. */
function namesIn({ expr }: Query): readonly string[] {
  return [...expr.matchAll(/\b(?:grpc_server|numstore|nodejs|process)_\w+/g)].map(([name]) => name);
}

/** Calls of each kind that the dashboard shows: good ones and bad ones, hits and misses, more than ten numbers. */
async function load(server: MeasuredServer): Promise<void> {
  const wire = connect(server.address);
  for (let n = 1n; n <= 15n; n++) {
    await wire.setNum('key', n);
    for (let round = 0; round < 3; round++) await wire.fact('key');
  }
  await wire.raw('/NumStore/SetNum', Buffer.from([0xff]));
  wire.close();
}

/** The names in the documentation, those of histograms without their suffixes; a{b,c}d stands for abd and acd. */
function documentedNames(): ReadonlySet<string> {
  const text = readFileSync(join(root, 'docs/operations.md'), 'utf8');
  const words = [...text.matchAll(/`((?:grpc_server|numstore)_[\w{},]+)`/g)].map(([, word]) => word ?? '');
  return new Set(
    words.flatMap((word) => {
      const [, before = word, choices, after = ''] = /^(\w+)\{([\w,]+)\}(\w*)$/.exec(word) ?? [];
      return choices === undefined ? [word] : choices.split(',').map((choice) => before + choice + after);
    }),
  );
}

test('dashboard: each metric that it and the alerts name is one of a server, and the documentation has just these', async () => {
  const server = await startMeasured();
  await load(server);
  const { names, text } = await server.scrape();
  const ours = [...text.matchAll(/^# TYPE ((?:grpc|numstore)_\w+) /gm)].map(([, name]) => name ?? '');
  assert.deepEqual([...documentedNames()].toSorted(), ours.toSorted());
  const unknown = [...readQueries(), ...readAlerts()].flatMap((query) =>
    namesIn(query)
      .filter((name) => !names.has(name))
      .map((name) => `${query.panel}: ${name}`),
  );
  assert.deepEqual(unknown, []);
  await server.stop();
});

const skip = skipWithout(
  'promtool',
  hasPrometheus(),
  'install Debian’s prometheus: apt-get install prometheus',
);

test('alerts: promtool finds no fault with them and the configuration', { skip }, () => {
  const check = (...words: string[]): string =>
    execFileSync('promtool', ['check', ...words], { cwd: root, encoding: 'utf8' });
  assert.match(check('rules', 'deploy/prometheus/alerts.yaml'), /SUCCESS: [1-9]\d* rules found/);
  assert.match(check('config', 'deploy/prometheus/prometheus.yaml'), /SUCCESS/);
});

test('dashboard: each query answers with data on a Prometheus that scrapes a loaded server', {
  skip,
}, async () => {
  const server = await startMeasured();
  const directory = mkdtempSync(join(tmpdir(), 'numstore-prometheus-'));
  const config = join(directory, 'prometheus.yaml');
  const target = server.url.replace('http://', '');
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: '200ms', scrape_timeout: '200ms' },
      scrape_configs: [{ job_name: 'numstore', static_configs: [{ targets: [target] }] }],
    }),
  );
  const port = await freePort();
  const prometheus = start([
    'prometheus',
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  try {
    const ask = (expr: string): Promise<readonly number[]> => query(port, expr);
    // A counter has to be seen before and after what it counts.
    await until(async () => (await ask('numstore_keys')).length === 1, 'a first scrape');
    await load(server);
    await until(async () => {
      const [count = 0] = await ask('grpc_server_started_total{grpc_method="SetNum"}');
      const [facts = 0] = await ask('sum(rate(numstore_cache_evictions_total[1m]))');
      return count === 16 && facts > 0;
    }, 'a scrape of the load');
    const answers = await Promise.all(
      readQueries().map(async (asked) => ({ ...asked, values: await ask(asked.expr) })),
    );
    const mute = answers.filter(({ values }) => !values.some((value) => Number.isFinite(value)));
    assert.deepEqual(mute, []);
    assert.deepEqual(await ask('up{job="numstore"}'), [1]);
  } finally {
    prometheus.kill('SIGKILL');
    await once(prometheus, 'close');
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : assert.fail();
}

/** The values that Prometheus answers; none while it does not answer at all. */
async function query(port: number, expr: string): Promise<readonly number[]> {
  const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expr)}`;
  const response = await fetch(url).catch(() => undefined);
  if (response === undefined || response.status === 503) return [];
  const answer: unknown = await response.json();
  assert.ok(typeof answer === 'object' && answer !== null && 'status' in answer && 'data' in answer);
  assert.equal(answer.status, 'success', expr);
  const results: unknown = Reflect.get(Object(answer.data), 'result');
  assert.ok(Array.isArray(results));
  return results.map((result: { value: [number, string] }) => Number(result.value[1]));
}
