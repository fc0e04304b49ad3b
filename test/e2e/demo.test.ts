import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { documented } from '../support/documented.ts';
import { collect, start } from '../support/process.ts';

test('npm run demo prints the report of the workload and leaves nothing running', async () => {
  const child = start([...documented('npm run demo'), '--silent']);
  const stdout = collect(child, 'stdout');
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
  assert.match(stdout(), /hit rate/i);
  assert.match(stdout(), /^Verified: 0 violations in 1002 operations$/m);
});
