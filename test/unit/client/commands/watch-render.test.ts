import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ratesOf, renderScreen, renderTable, type Sample } from '../../../../client/commands/watch-render.ts';
import { Stats } from '../../../../generated/numstore.ts';

function sample(uptimeMs: bigint, revision: bigint): Sample {
  const stats = { ...Stats.decode(new Uint8Array()), store: 'memory', uptimeMs, revision };
  return { at: new Date(0), stats };
}

test('watch: a rate is what a counter has grown by, per second of the server', () => {
  const rates = ratesOf(sample(1000n, 10n), sample(3000n, 60n));
  assert.equal(rates.get('revision'), 25);
  assert.equal(rates.get('cacheHits'), 0);
  assert.equal(rates.has('keys'), false);
});

test('watch: the first time there are no rates, nor after the server was started again', () => {
  assert.equal(ratesOf(undefined, sample(1000n, 10n)).size, 0);
  assert.equal(ratesOf(sample(5000n, 10n), sample(1000n, 2n)).size, 0);
});

test('watch: a table has every figure, in words, and the rates that there are', () => {
  const now = sample(3000n, 60n);
  const table = renderTable(now, ratesOf(sample(1000n, 10n), now));
  assert.equal(table.length, 2 + Object.keys(now.stats).length);
  assert.match(table.join('\n'), /^revision +60 +25\.0 \/s$/m);
  assert.match(table.join('\n'), /^uptime ms +3000$/m);
});

test('watch: the time is local, of 24 hours, and no line is wider than the terminal, from 40 columns on', () => {
  const now = { ...sample(3000n, 60n), at: new Date(2026, 0, 1, 23, 5, 9) };
  const table = renderTable(now, ratesOf(sample(1000n, 10n), now));
  assert.equal(table[0], '23:05:09');
  const lines = renderScreen(table, 40)
    .split('\n')
    .map((line) => line.replaceAll(/\P{ASCII}|[^ -~]\[[HKJ]/gu, ''));
  assert.ok(lines.every((line) => line.length <= 40));
  assert.ok(lines.some((line) => /^revision +60$/.test(line.trimEnd())));
});
