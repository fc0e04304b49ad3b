import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkHistory } from '../../../../client/linearizability/check.ts';
import { simulate } from '../../../support/linearizability/simulate.ts';
import { count } from '../../../support/scale.ts';

const operations = count(20_000, 1_000_000);

test(`prover: ${operations} operations with revisions are proven, and one wrong answer among them is found`, () => {
  const plan = { seed: Date.now(), clients: 64, operations, keys: 100, calls: 'all' } as const;
  const options = { hasRevisions: true, held: 'absent', isAlone: true, isFresh: true } as const;
  assert.equal(checkHistory(simulate(plan).history, options).isValid, true, JSON.stringify(plan));
  const { history } = simulate({ ...plan, bug: 'wrong total' });
  assert.equal(checkHistory(history, options).order.kind, 'invalid', JSON.stringify(plan));
});
