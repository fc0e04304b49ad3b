import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openClient } from '../../client/api/client.ts';
import { skipWithout } from '../support/foreign.ts';
import { clientProgram, type Output, run } from '../support/process.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { until } from '../support/until.ts';

const runClient = (...args: readonly string[]): Promise<Output> => run([...clientProgram, ...args]);

async function serve(t: TestContext, flags: readonly string[] = []): Promise<RunningServer> {
  const server = await startServer(flags);
  t.after(() => server.stop());
  return server;
}

async function openFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'numstore-load-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

/** A python3 that has numpy, or undefined. */
function pythonWithNumpy(): string | undefined {
  return ['python3', '/usr/bin/python3'].find((python) => {
    try {
      execFileSync(python, ['-c', 'import numpy'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

const skipNumpy = skipWithout(
  'numpy',
  pythonWithNumpy() !== undefined,
  'needs python3 with numpy (Debian: python3-numpy)',
);

/** Prints numpy's percentiles of the raw samples, as the report prints them. */
const numpyProgram = `
import csv, sys, numpy
rows = [row for row in csv.DictReader(open(sys.argv[1])) if not row['outcome'].endswith('failed')]
for column in ('latency_ms', 'from_send_ms'):
    samples = [float(row[column]) for row in rows]
    print(len(samples), *('%.3f' % numpy.percentile(samples, p) for p in (50, 99, 99.9)))
`;

test('load: open loop with every flag on a real server; the report’s percentiles are numpy’s of the raw samples', async (t) => {
  const { port } = await serve(t);
  const folder = await openFolder(t);
  const [json, csv, html] = ['json', 'csv', 'html'].map((name) => join(folder, `run.${name}`));
  const flags =
    '--rate 500 --duration 2s --warmup 200ms --threads 2 --connections 4 --in-flight 4 --keys 50 --seed 7 ' +
    `--mix SetNum=2,Fact=3,GetNum=1,AddNum=1,DeleteNum=1 --values 1..9 --distribution zipf --timing --json ${json} --csv ${csv} --html ${html}`;
  const { code, stdout, stderr } = await runClient(`${port}`, ...flags.split(' '));
  assert.equal(code, 0, stdout + stderr);
  const figures = JSON.parse(await readFile(json ?? '', 'utf8'));
  assert.deepEqual(
    [figures.format, figures.loop, figures.calls, figures.failed],
    ['numstore-load/1', 'open', 1000, 0],
  );
  assert.equal(figures.settings.seed, 7);
  assert.ok(figures.timing.timed.SetNum === figures.groups.SetNum.count && figures.timing.timed.Fact > 0);
  for (const group of ['SetNum', 'Fact', 'Fact, hit', 'GetNum', 'AddNum', 'DeleteNum']) {
    assert.ok(figures.groups[group].count > 0, group);
  }
  assert.match(await readFile(html ?? '', 'utf8'), /^<!doctype html>/);

  await t.test('percentiles', { skip: skipNumpy }, () => {
    const python = pythonWithNumpy() ?? 'python3';
    const printed = execFileSync(python, ['-c', numpyProgram, csv ?? ''], { encoding: 'utf8' });
    const [open = [], closed = []] = printed.split('\n').map((line) => line.split(' '));
    assert.equal(open[0], '1000');
    assert.match(stdout, new RegExp(`^p50 response time: +${open[1]} ms, of 1000 replies$`, 'm'));
    assert.match(stdout, new RegExp(`^p99 response time: +${open[2]} ms \\(95 % interval`, 'm'));
    assert.match(stdout, new RegExp(`^p99\\.9, greatest: +${open[3]} ms, `, 'm'));
    assert.match(stdout, new RegExp(`^closed-loop p50: +${closed[1]} ms`, 'm'));
    assert.match(stdout, new RegExp(`^closed-loop p99: +${closed[2]} ms`, 'm'));
  });
});

test('load: closed loop by a count, the same seed twice: the same requests; compare reads both', async (t) => {
  const { port } = await serve(t, ['--transport', 'native']);
  const folder = await openFolder(t);
  const counts: unknown[] = [];
  const files = ['a.json', 'b.json'].map((name) => join(folder, name));
  for (const file of files) {
    const flags = ['--requests', '2000', '--in-flight', '8', '--seed', '5', '--json', file];
    const { code, stdout, stderr } = await runClient(`${port}`, ...flags);
    assert.equal(code, 0, stdout + stderr);
    const { groups, calls, loop, sendLag } = JSON.parse(await readFile(file, 'utf8'));
    assert.deepEqual([calls, loop, sendLag], [2000, 'closed', null]);
    counts.push([groups.SetNum.count, groups.Fact.count]);
  }
  assert.deepEqual(counts[0], counts[1]);
  const { code, stdout } = await runClient('compare', ...files);
  assert.equal(code, 0);
  assert.match(stdout, /^throughput +A \d+ replies\/s, B \d+ replies\/s: /m);
});

test('load: a server killed during the run gives failed calls by their status, exit code 1, and no hang', async (t) => {
  const server = await serve(t);
  const watcher = await openClient({ port: server.port });
  t.after(() => watcher.close());
  const running = runClient(`${server.port}`, '--duration', '2s', '--rate', '200', '--keys', '1');
  await until(async () => (await watcher.fact('key-0')).kind !== 'error', 'the run has written its key');
  server.process.kill('SIGKILL');
  const { code, stdout, stderr } = await running;
  assert.equal(code, 1);
  assert.match(stdout, /^Calls: +400 measured/m, 'none is dropped');
  assert.match(stdout, /^ {2}\d+ x (SetNum|Fact) UNAVAILABLE: /m);
  assert.match(stderr, /^numstore client: \d+ failed RPCs, 0 wrong answers$/m);
});

test('load: nobody there is one line on stderr and exit code 3; a file that cannot be written, 2', async () => {
  const nobody = await runClient('1', '--rate', '5');
  assert.deepEqual([nobody.code, nobody.stdout], [3, '']);
  assert.match(nobody.stderr, /^numstore client: [^\n]+\n$/);
  const unwritable = await runClient('1', '--html', '/nowhere/at/all.html');
  assert.deepEqual([unwritable.code, unwritable.stdout], [2, '']);
  assert.match(unwritable.stderr, /--html: expected a file that can be written/);
});
