import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../support/process.ts';
import { rowsOf } from '../support/tables.ts';

/** The benchmarks that show the exercise, at a size that shows that they work; a time is none of a test's. */

test('npm run bench refuses a flag that it does not know in one line, with exit code 2', async () => {
  for (const [name, flag, words] of [
    ['exercise', '--bogus', /^Unknown option '--bogus'[^\n]*\n$/],
    ['exercise', '--rounds=0', /^Expected a whole number from 1 on for --rounds, got "0"\n$/],
    ['exercise', '--peers=nowhere', /^Expected a path that exists for --peers, got "nowhere"\n$/],
    ['choices', '--choices=none', /^Expected names among as-it-is, .* for --choices, got "none"\n$/],
  ] as const) {
    const { code, stderr } = await run(['npm', 'run', 'bench', '--silent', '--', name, flag]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, words);
  }
});

test('npm run bench -- exercise prints its figures, the cold table and the warm one, and says what is left out', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'numstore-measuring-'));
  t.after(() => rm(folder, { recursive: true }));
  const out = join(folder, 'exercise');
  const flags = ['--rounds', '1', '--clients', 'python,compiled', '--peers', folder, '--dist', 'dist'];
  const command = ['npm', 'run', 'bench', '--silent', '--', 'exercise', ...flags, '--out', out];
  const { code, stdout, stderr } = await run(command, { guardMs: 120_000 });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, await readFile(`${out}.md`, 'utf8'));
  assert.match(stdout, /^- load average: [\d.]+ at the start/m);
  assert.match(stdout, /^tonic left out: needs peer-rust from bench\/peers\/build\.sh, see --peers$/m);
  const [head, ...rows] = rowsOf(stdout);
  assert.deepEqual(head, ['what', 'reach', 'aim', 'reached (p10 to p90)', 'verdict']);
  const verdicts = rows.slice(0, 17).map((row) => row.at(-1) ?? '');
  for (const verdict of verdicts) assert.match(verdict, /^(aim reached|reached|missed|not measured)$/);
  assert.match(
    stdout,
    /^## Cold: .*\n\n.*\n.*\n(\| .*\n)*\| ours, native, Node \d+ \|.* \d+\.\d\d \/ \d+\.\d, \d+ \|$/m,
  );
  assert.ok(stdout.indexOf('## Cold') < stdout.indexOf('## Warm'));
  const { figures } = JSON.parse(await readFile(`${out}.json`, 'utf8'));
  for (const pair of figures.pairs) {
    assert.deepEqual([pair.cold.length, pair.warm.length], [1, 1], `${pair.client} on ${pair.server}`);
  }
});

test('npm run bench -- choices measures every answer, and only a cache by key returns wrong ones', async () => {
  const flags = ['--rounds', '1', '--calls', '100', '--choices', 'as-it-is,cache-by-key,summed-anew'];
  const { code, stdout, stderr } = await run(['npm', 'run', 'bench', '--silent', '--', 'choices', ...flags]);
  assert.equal(code, 0, stderr);
  const rows = rowsOf(stdout);
  const right = rows.filter(([choice]) => choice === 'As it is' || choice?.startsWith('Total summed anew'));
  assert.deepEqual(
    right.map((row) => row.at(-1)),
    ['0', '0', '0', '0'],
    stdout,
  );
  assert.equal(rows.filter(([choice]) => choice === 'Cache by key, not by number').length, 2);
});

test('npx tsx bench/chart.ts: the pictures in docs show the committed results', async () => {
  const { code, stderr } = await run([process.execPath, '--import', 'tsx', 'bench/chart.ts', '--check']);
  assert.equal(code, 0, stderr);
});
