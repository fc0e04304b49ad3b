import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Result } from '../../../../client/check/check.ts';
import { checks } from '../../../../client/check/checks.ts';
import { renderJson, renderJunit, renderResult, renderScore } from '../../../../client/check/report.ts';

function result(verdict: Result['verdict'], came: string): Result {
  const [check] = checks;
  assert.ok(check !== undefined);
  return { check, verdict, sent: 'SetNum a<b', came, hint: 'look', ms: 12.4 };
}

test('report: a pass is one line; a failure says what was sent, what came, what the exercise says, and a hint', () => {
  assert.equal(renderResult(result('PASS', 'fine')).split('\n').length, 2);
  const failure = renderResult(result('FAIL', 'wrong'));
  assert.match(failure, /^FAIL {2}wire +wrong\n +sent .*\n +came .*\n +exercise .*\n +hint .*\n$/);
});

test('report: what a server says cannot move the cursor, nor end a line, nor break the XML', () => {
  const hostile = result('FAIL', 'x\u001b[2J\n"<&>\ud800');
  assert.ok(!renderResult(hostile).includes('\u001b'));
  const xml = renderJunit({ address: 'a', service: 's' }, [hostile]);
  assert.ok(!xml.includes('\u001b') && xml.includes('&#60;&#38;&#62;'));
  assert.match(xml, /tests="1" failures="1" skipped="0"/);
});

test('report: the score counts, and a skip is no pass', () => {
  const results = [result('PASS', ''), result('FAIL', ''), result('SKIP', '')];
  assert.match(renderScore(results), /^\nScore: 1 of 3 passed, 1 failed, 1 skipped/);
  const { passed, failed, skipped } = JSON.parse(renderJson({ address: 'a', service: 's' }, results));
  assert.deepEqual([passed, failed, skipped], [1, 1, 1]);
});
