import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeHtml } from '../../../../../client/charts/markup.ts';
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
