import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplyReader } from '../../../../../client/load/run/messages.ts';
import { FactResponse, SetNumResponse } from '../../../../../generated/numstore.ts';

const replies = new ReplyReader();

test('replies: a Fact is a hit, a miss, or refused; a value that is no factorial is wrong; garbage cannot be read', () => {
  const fact = (reply: Partial<FactResponse>) =>
    replies.read('Fact', 'k', FactResponse.encode({ value: 0n, hit: false, error: '', ...reply }).finish());
  assert.deepEqual(fact({ value: 120n, hit: true }), { outcome: 'Fact, hit' });
  assert.deepEqual(fact({ value: 120n }), { outcome: 'Fact, miss' });
  assert.deepEqual(fact({ error: 'no such key' }), { outcome: 'Fact, error' });
  assert.deepEqual(fact({ value: 121n }), {
    outcome: 'Fact, miss',
    wrong: 'Fact "k": expected one of 0! .. 20!, got 121',
  });
  assert.deepEqual(replies.read('SetNum', 'k', SetNumResponse.encode({ total: 5n }).finish()), {
    outcome: 'SetNum',
  });
  assert.throws(() => replies.read('SetNum', 'k', Uint8Array.of(0xff)));
});
