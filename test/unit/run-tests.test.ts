import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { formatRecord, formatSlowest, type Result } from '../../scripts/test-results.ts';
import { documented } from '../support/documented.ts';
import { type Output, run, start } from '../support/process.ts';

const runner = [
  process.execPath,
  ...['--import', 'tsx', '--import', './test/support/exit-guard.ts'],
  'scripts/run-tests.ts',
];

/** A run inside a test would be taken for a part of it: the variable says so. */
const alone = ['env', '-u', 'NODE_TEST_CONTEXT'];

/** Writes test files with these contents, by name. */
function writeFiles(t: TestContext, files: Readonly<Record<string, string>>): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'run-tests-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return Object.entries(files).map(([name, body]) => {
    const path = join(folder, `${name}.test.mjs`);
    writeFileSync(path, `import { test } from 'node:test';\n${body}`);
    return path;
  });
}

function runFiles(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  ...flags: readonly string[]
): Promise<Output> {
  return run([...alone, ...runner, ...flags, ...writeFiles(t, files)]);
}

/** The last `count` lines, each failure without the folder of its file. */
function lastLines({ stdout }: Output, count: number): readonly string[] {
  const lines = stdout.trimEnd().split('\n').slice(-count);
  return lines.map((line) => line.replace(/: \S*\/(\w+\.test\.mjs)/, ': $1'));
}

test('test run: passed and skipped tests end in exit code 0 and one line that counts them', async (t) => {
  const output = await runFiles(t, {
    some: "test('one', () => undefined); test('two', () => undefined);",
    other: "test('three', { skip: 'no such tool' }, () => undefined);",
  });
  assert.equal(output.code, 0, output.stderr);
  assert.match(output.stdout, /skipped: three \(no such tool\)/);
  assert.deepEqual(lastLines(output, 1), ['2 passed, 0 failed, 1 skipped']);
});

test('test run: a failed test, a crashed file and one that ends early with code 0 fail it, named above the last line', async (t) => {
  const output = await runFiles(t, {
    wrong: "test('right', () => undefined); test('wrong', () => { throw new Error('no\\nmore'); });",
    crashed: "throw new Error('at the start');",
    left: "test('right', () => undefined); test('leaves', () => new Promise(() => setTimeout(() => process.exit(0))));",
    empty: '',
  });
  assert.equal(output.code, 1, output.stderr);
  const [counts, ...failures] = lastLines(output, 6).toReversed();
  assert.equal(counts, '2 passed, 5 failed, 0 skipped');
  assert.deepEqual(failures.map((line) => line.replace(/ \(.*$/, '')).toSorted(), [
    'failed: crashed.test.mjs: the whole file',
    'failed: empty.test.mjs: the whole file',
    'failed: left.test.mjs: leaves',
    'failed: left.test.mjs: the whole file',
    'failed: wrong.test.mjs: wrong',
  ]);
});

test('test run: a file that hangs is ended and fails the run', async (t) => {
  const hung = { hung: "test('hangs', () => { for (;;); });" };
  const output = await runFiles(t, hung, '--timeout-ms=2000');
  assert.equal(output.code, 1, output.stderr);
  const [counts, last] = lastLines(output, 2).toReversed();
  assert.match(counts ?? '', /^0 passed, [12] failed, 0 skipped$/);
  assert.match(last ?? '', /^failed: hung\.test\.mjs: /);
});

test('test run: with --watch a file runs again when it changes, and each run ends with a verdict', async (t) => {
  const [file = ''] = writeFiles(t, { watched: "test('right', () => undefined);" });
  const child = start([...alone, ...documented('npm run test:watch'), '--silent', '--', file]);
  t.after(() => child.kill());
  const verdicts: string[] = [];
  assert.ok(child.stdout !== null);
  for await (const line of createInterface(child.stdout)) {
    if (!/^\d+ passed, /.test(line)) continue;
    if (verdicts.push(line) === 2) break;
    writeFileSync(file, "import { test } from 'node:test';\ntest('wrong', () => assert.fail());");
  }
  assert.deepEqual(verdicts, ['1 passed, 0 failed, 0 skipped', '0 passed, 1 failed, 0 skipped']);
});

test('test run: a file that does not exist is a usage error', async () => {
  const { code, stderr } = await run([
    process.execPath,
    '--import',
    'tsx',
    'scripts/run-tests.ts',
    'test/no.test.ts',
  ]);
  assert.equal(code, 2);
  assert.match(stderr, /^Expected a test file .*, got test\/no\.test\.ts$/m);
});

test('test run: its record has the counts, failures and skips by name, and the slowest tests first', () => {
  const ending = (
    title: string,
    seconds: number,
    outcome: Result['outcome'] = 'passed',
    reason = '',
  ): Result => ({
    file: 'test/a.test.ts',
    title,
    seconds,
    outcome,
    reason,
  });
  const results = [
    ending('quick', 0),
    ending('a | b', 2.04),
    ending('wrong', 1, 'failed'),
    ending('not here', 0, 'skipped', 'no tool'),
  ];
  const text = formatRecord('Everything', 'today', results);
  assert.match(
    text,
    /^## Everything\n\n- today\n- 2 passed, 1 failed, 1 skipped\n- failed: wrong\n- skipped: not here \(no tool\)\n/,
  );
  assert.match(text, /\n\| a {3}b \| 2\.0 \|\n\| wrong \| 1\.0 \|\n\| quick \| 0\.0 \|\n/);
  assert.match(formatSlowest(results), /^slow: 2\.0 s, test\/a\.test\.ts: a \| b\nslow: 1\.0 s/);
});
