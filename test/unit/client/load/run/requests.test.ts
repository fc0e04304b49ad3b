import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Workload } from '../../../../../client/load/run/plan.ts';
import { createRequests } from '../../../../../client/load/run/requests.ts';
import { SetNumRequest } from '../../../../../generated/numstore.ts';

const workload: Workload = {
  seed: 7,
  keys: 100,
  distribution: 'uniform',
  mix: { SetNum: 1, Fact: 1 },
  valueMin: 1,
  valueMax: 15,
};

const list = (changes: Partial<Workload>, count = 20_000, thread = 0) => {
  const next = createRequests({ ...workload, ...changes }, thread);
  return Array.from({ length: count }, () => next());
};

test('workload: the same seed and thread give the same requests, another thread gives others', () => {
  assert.deepEqual(list({}, 200), list({}, 200));
  assert.notDeepEqual(list({}, 200), list({}, 200, 1));
});

test('workload: RPCs come by their weights', () => {
  const requests = list({ mix: { SetNum: 1, Fact: 2, GetNum: 1, AddNum: 0 } });
  const share = (rpc: string): number =>
    requests.filter((request) => request.rpc === rpc).length / requests.length;
  for (const [rpc, expected] of [
    ['SetNum', 0.25],
    ['Fact', 0.5],
    ['GetNum', 0.25],
  ] as const) {
    assert.ok(Math.abs(share(rpc) - expected) < 0.02, `${rpc}: ${share(rpc)}`); // 5 standard deviations
  }
  assert.equal(share('AddNum') + share('DeleteNum'), 0);
});

test('workload: values are those asked for, negative ones too, and no others', () => {
  const requests = list({ mix: { SetNum: 1 }, valueMin: -2, valueMax: 2 });
  const values = new Set(requests.map(({ bytes }) => SetNumRequest.decode(bytes).value));
  assert.deepEqual(
    [...values].sort((a, b) => Number(a - b)),
    [-2n, -1n, 0n, 1n, 2n],
  );
});

test('workload: by zipf the r-th key comes in proportion to r^-0.99', () => {
  const requests = list({ distribution: 'zipf', keys: 10 }, 50_000);
  const weights = Array.from({ length: 10 }, (_, index) => (index + 1) ** -0.99);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    const share = requests.filter(({ key }) => key === `key-${index}`).length / requests.length;
    assert.ok(Math.abs(share - weight / all) < 0.012, `key-${index}: ${share}`); // 5 standard deviations
  }
});
