import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documented } from '../support/documented.ts';
import { run } from '../support/process.ts';
import { count } from '../support/scale.ts';
import { rowsOf } from '../support/tables.ts';

/**
 * The commands that measure, at a size that shows that they work. A promise that a command judges by
 * the clock needs a quiet machine, so a test allows that this one is broken, and no other. Priorities
 * are equal: beside other tests nothing would be left for the process with the lowest.
 */
const env = { NUMSTORE_BENCH_EQUAL: '1' };

test('npm run bench -- NAME FLAGS runs that benchmark, which checks its answers first, and prints its table', async () => {
  const { code, stdout, stderr } = await run([
    ...documented('npm run bench'),
    ...['--silent', '--', 'factorial', '--n', '1000', '--rounds', '1'],
  ]);
  assert.equal(code, 0, stdout + stderr);
  assert.ok(
    rowsOf(stdout).some(([n, ours]) => n === '1000' && Number(ours) > 0),
    stdout,
  );
});

test('npm run bench refuses a benchmark that there is not, and names those that there are', async () => {
  const { code, stderr } = await run([...documented('npm run bench'), '--silent', '--', 'nothing']);
  assert.equal(code, 2);
  assert.match(stderr, /factorial, .*choices, got nothing/);
});

test('npm run abuse attacks, and tells what it did to the server and to whoever used it', async () => {
  const server = ['--servers', 'native', '--server', 'dist/server/main.js'];
  const flags = ['--only', 'HTTP/1', '--seconds', '1', ...server];
  const { code, stdout, stderr } = await run([...documented('npm run abuse'), '--silent', '--', ...flags], {
    env,
  });
  const [head = [], row = []] = rowsOf(stdout);
  assert.deepEqual([row[0], row[1]], ['HTTP/1', 'native'], stdout);
  // On a busy machine calls are served late, and an overloaded server refuses those.
  const byTheClock = /^(p99|errors|the first: Error: \/NumStore\/SetNum: status 8)$/;
  const verdicts = [row[head.indexOf('promises')]?.replace(/^broken: /, '') ?? ''];
  assertVerdict({ code, verdicts, byTheClock }, stdout + stderr);
});

test('npm run soak loads both transports, and finds no wrong answer', async () => {
  const flags = ['--minutes', `${count(0.05, 0.1)}`, '--server', 'dist/server/main.js'];
  const { code, stdout, stderr } = await run([...documented('npm run soak'), '--silent', '--', ...flags]);
  const [head = [], ...rows] = rowsOf(stdout);
  const wrong = head.indexOf('wrong answers');
  assert.deepEqual(
    rows.map((row) => [row[0], row[wrong]]),
    [
      ['grpc-js', '0'],
      ['native', '0'],
    ],
    stdout,
  );
  const verdicts = rows.map((row) => row.at(-1) ?? '');
  const byTheClock = /^(too few samples to judge|memory grows by [\d.]+ MB a minute)$/;
  assertVerdict({ code, verdicts, byTheClock }, stdout + stderr);
});

/** The exit code says whether a promise is broken, and only those of the clock are. */
function assertVerdict(
  run: { readonly code: number | null; readonly verdicts: readonly string[]; readonly byTheClock: RegExp },
  output: string,
): void {
  const reasons = run.verdicts.flatMap((verdict) => verdict.split(/[;,] /)).filter((text) => text !== 'kept');
  for (const reason of reasons) assert.match(reason, run.byTheClock, output);
  assert.equal(run.code, reasons.length === 0 ? 0 : 1, output);
}
