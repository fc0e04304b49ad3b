import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../support/process.ts';

test('record: what passed, failed and was skipped is counted, failures and skips by name, the slowest first', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'record-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [file, xml] = [join(folder, 'laws.mjs'), join(folder, 'laws.xml')];
  writeFileSync(
    file,
    `import { test } from 'node:test';
test('quick', () => undefined);
test('the "slow" one', () => new Promise((resolve) => setTimeout(resolve, 200)));
test('wrong', () => { throw new Error('<failure'); });
test('not here', { skip: 'no such tool' }, () => undefined);
`,
  );
  const reporter = ['--test-reporter=junit', `--test-reporter-destination=${xml}`];
  // A test that runs tests would be taken for one of its own.
  const alone = ['env', '-u', 'NODE_TEST_CONTEXT'];
  const { code } = await run([...alone, process.execPath, '--test', ...reporter, file]);
  assert.equal(code, 1);
  const { stdout: text } = await run([process.execPath, '--import', 'tsx', 'scripts/record.ts', xml]);
  assert.match(text, /^- 2 passed, 1 failed, 1 skipped, \d+ s$/m);
  assert.match(text, /^- failed: wrong$/m);
  assert.match(text, /^- skipped: not here \(no such tool\)$/m);
  assert.match(text, /\| the "slow" one \| 0\.\d \|\n\| quick \| 0\.0 \|/);
});
