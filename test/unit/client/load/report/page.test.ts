import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeHtml, formatCount, formatTime } from '../../../../../client/charts/markup.ts';
import { exactScale, linearScale, logScale, ninesScale } from '../../../../../client/charts/scale.ts';
import { renderPage } from '../../../../../client/load/report/page.ts';
import { failed } from '../../../../../client/load/run/outcome.ts';
import { type MadeCall, replies, summaryOf } from '../../../../support/load-run.ts';

const calls: readonly MadeCall[] = Array.from({ length: 400 }, (_, index): MadeCall => {
  const reply = [replies.set, replies.hit, replies.miss, replies.refused][index % 4] ?? replies.set;
  return [reply, index * 5, index * 5, index * 5, index * 5 + 1 + (index % 7)];
});
const lost: MadeCall = [failed('Fact', 'INTERNAL', '<script>alert("x")</script>'), 5, 5, 5, 6];

test('page: is all in one file: no script, and nothing is asked of any network', () => {
  const page = renderPage(summaryOf({ rate: 200 }, [calls]));
  assert.doesNotMatch(page, /<script|https?:|\bsrc=|@import|url\(|<link(?! rel="icon" href="data:,")/);
  assert.match(page, /Content-Security-Policy" content="default-src 'none'/);
  assert.match(page, /prefers-color-scheme: dark/);
  assert.match(page, /name="viewport"/);
});

test('page: what servers say cannot become markup', () => {
  const page = renderPage(summaryOf({}, [[...calls, lost]]));
  assert.doesNotMatch(page, /<script/);
  assert.match(page, /&lt;script&gt;alert\(&quot;x&quot;\)/);
  assert.match(page, /a &lt;cpu&gt;/);
  assert.equal(escapeHtml(`<a b='c' d="e">&`), '&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;');
});

test('page: has each chart, a histogram for each kind of reply, and both loops where the loop is open', () => {
  const page = renderPage(summaryOf({ rate: 200 }, [calls]));
  const headings = [...page.matchAll(/<h2>([^<]*)<\/h2>/g)].map(([, heading]) => heading);
  assert.deepEqual(headings, [
    'Latency over time',
    'Percentiles',
    'Throughput',
    'Where the time went',
    'SetNum',
    'Fact',
    'Fact, hit',
    'Fact, miss',
    'Fact, error',
    'Figures',
    'Settings',
    'Environment',
  ]);
  assert.match(page, /from the actual send \(closed loop\)/);
  assert.doesNotMatch(renderPage(summaryOf({}, [calls])), /closed loop\)/);
});

test('page: of a run that was verified it has the verdict and what led to it', () => {
  const page = renderPage(summaryOf({}, [calls]), {
    verdict: 'invalid',
    operations: 1234,
    violations: 2,
    lostWrites: 0,
    by: 'revision',
    lines: ['Verified: 2 violations in 1234 operations', '  order  "a" < "b"'],
  });
  assert.match(page, /verified<b>invalid<\/b><span class="faint">2 violations in 1[^<]?234 operations</);
  assert.match(
    page,
    /<h2>Verification<\/h2><p class="faint">[^<]+<\/p><pre>Verified: 2 violations .*\n {2}order {2}&quot;a&quot; &lt; &quot;b&quot;<\/pre>/,
  );
  assert.doesNotMatch(renderPage(summaryOf({}, [calls])), /Verification|<b>invalid/);
});

test('page: no coordinate is missing, whatever was measured', () => {
  const one: MadeCall = [replies.set, 0, 0, 0, 0];
  for (const made of [[], [[]], [[one]], [[lost]], [calls, [one, lost]]]) {
    const page = renderPage(summaryOf({ rate: 200 }, made));
    assert.doesNotMatch(page, /NaN|Infinity|undefined/, `${made.length}`);
  }
});

test('scales: a linear one ends at a round number at or above the greatest, and marks round numbers', () => {
  const labels = (max: number) => linearScale(max, String).ticks.map(({ label }) => label);
  assert.deepEqual(labels(10), ['0', '2', '4', '6', '8', '10']);
  assert.deepEqual(labels(0.07), ['0', '0.02', '0.04', '0.06', '0.08']);
  assert.deepEqual(labels(0), ['0', '1']);
  assert.equal(linearScale(10, String).place(5), 0.5);
});

test('scales: one of time ends where the run does, with marks at round numbers before', () => {
  const scale = exactScale(10.2, String);
  assert.deepEqual(
    scale.ticks.map(({ label }) => label),
    ['0', '2', '4', '6', '8', '10'],
  );
  assert.equal(scale.place(10.2), 1);
  assert.equal(exactScale(0, String).place(0), 0);
});

test('scales: a logarithmic one gives equal factors equal room; the one of percentiles each nine', () => {
  const scale = logScale(0.1, 1000, String);
  assert.equal(scale.place(0.1), 0);
  assert.equal(scale.place(1000), 1);
  assert.ok(Math.abs(scale.place(10) - 0.5) < 1e-12);
  assert.ok(logScale(3, 3, String).place(3) >= 0);
  const nines = ninesScale(1000);
  assert.ok(Math.abs(nines.place(0.9) - 1 / 3) < 1e-12 && Math.abs(nines.place(0.99) - 2 / 3) < 1e-12);
  assert.deepEqual(
    nines.ticks.map(({ label }) => label),
    ['50 %', '90 %', '99 %', '99.9 %'],
  );
});

test('figures on a page: three digits that count, with a unit', () => {
  assert.deepEqual([0, 0.005, 0.01234, 1.005, 123.4, 1000, 12_345].map(formatTime), [
    '0 ms',
    '5 µs',
    '0.0123 ms',
    '1 ms',
    '123 ms',
    '1 s',
    '12.3 s',
  ]);
  assert.deepEqual([7, 1234, 12_345, 2_500_000].map(formatCount), ['7', '1234', '12.3 k', '2.5 M']);
});
