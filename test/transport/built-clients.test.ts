import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from '../../server/factorial/engine.ts';
import { cppClient, tonicClient } from './support/built-clients.ts';
import { openNativeNumStore } from './support/numstore.ts';
import { run } from './support/tools.ts';

/** NumStore on the native transport, called from Rust and from C++. */

for (const [name, client] of [
  ['tonic (Rust)', tonicClient],
  ['gRPC C++', cppClient],
] as const) {
  test(`${name}: SetNum, Fact and FactExact are exact, and a status arrives`, client.options, async () => {
    const program = await client.program();
    const numStore = await openNativeNumStore();
    try {
      const told = await run(program, [String(numStore.port)]);
      const exact = Buffer.from(createEngine().factorial(100_000)).toString('hex');
      assert.deepEqual(told.trim().split('\n'), [
        'total 1',
        `total ${-(2n ** 63n)}`,
        `total ${2n ** 63n - 1n}`,
        'total 5',
        'fact 120 false false',
        'fact 120 true false',
        'fact 0 false true',
        'total 100000',
        `exact ${exact}`,
        'refused 5',
        'total 0',
      ]);
    } finally {
      await numStore.close();
    }
    assert.deepEqual(numStore.faults, []);
  });
}
