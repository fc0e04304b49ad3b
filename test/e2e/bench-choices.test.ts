import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../support/process.ts';
import { rowsOf } from '../support/tables.ts';

test('npm run bench refuses a bad flag of a benchmark in one line, with exit code 2', async () => {
  const bench = (name: string, flag: string) =>
    run([process.execPath, '--import', 'tsx', 'bench/main.ts', name, flag]);
  for (const [name, flag, words] of [
    ['exercise', '--bogus', /^Unknown option '--bogus'[^\n]*\n$/],
    ['exercise', '--rounds=0', /^Expected a whole number from 1 on for --rounds, got "0"\n$/],
    ['exercise', '--peers=nowhere', /^Expected a path that exists for --peers, got "nowhere"\n$/],
    ['choices', '--choices=none', /^Expected names among as-it-is, .* for --choices, got "none"\n$/],
  ] as const) {
    const { code, stderr } = await bench(name, flag);
    assert.equal(code, 2, stderr);
    assert.match(stderr, words);
  }
});

test('npm run bench -- choices measures every answer, and only a cache by key returns wrong ones', async () => {
  const flags = ['--rounds', '1', '--calls', '40', '--choices', 'as-it-is,cache-by-key,summed-anew'];
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
