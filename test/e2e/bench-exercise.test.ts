import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../support/process.ts';
import { rowsOf } from '../support/tables.ts';

/** In a file of its own: it starts many processes, and other files run beside it. */

test('npm run bench -- exercise prints its figures, the cold table and the warm one, and says what is left out', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'numstore-measuring-'));
  t.after(() => rm(folder, { recursive: true }));
  const out = join(folder, 'exercise');
  const flags = [
    ...['--rounds', '1', '--hot-after', '2', '--clients', 'python,compiled'],
    ...['--peers', folder, '--dist', 'dist'],
  ];
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
