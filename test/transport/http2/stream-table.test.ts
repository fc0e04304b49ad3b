import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StreamTable } from '../../../transport/http2/stream-table.ts';

/** Compares a table with a map. */
function checkAgainst(model: ReadonlyMap<number, { id: number }>, table: StreamTable<{ id: number }>): void {
  assert.equal(table.size, model.size);
  assert.deepEqual(
    table.values().map(({ id }) => id),
    [...model.keys()].sort((a, b) => a - b),
  );
}

test('stream table: it behaves as a map, for any ids of a peer', () => {
  // few ids, far apart: they want the same places
  const id = fc
    .tuple(fc.nat(40), fc.constantFrom(0, 64, 2 ** 13, 2 ** 30))
    .map(([low, high]) => low + high + 1);
  const step = fc.tuple(fc.constantFrom('add', 'delete', 'get'), id);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const table = new StreamTable<{ id: number }>();
      const model = new Map<number, { id: number }>();
      for (const [what, key] of steps) {
        if (what === 'get') assert.equal(table.get(key), model.get(key));
        else if (what === 'delete') {
          table.delete(key);
          model.delete(key);
        } else if (!model.has(key)) {
          const stream = { id: key };
          table.add(stream);
          model.set(key, stream);
        }
      }
      checkAgainst(model, table);
      table.clear();
      checkAgainst(new Map(), table);
    }),
  );
});

test('stream table: each of ten thousand streams is found, and none that has ended is kept', () => {
  const table = new StreamTable<{ id: number }>();
  const ids = Array.from({ length: 10_000 }, (_, index) => 2 * index + 1);
  for (const id of ids) table.add({ id });
  assert.ok(ids.every((id) => table.get(id)?.id === id));
  for (const id of ids) table.delete(id);
  assert.deepEqual([table.size, table.values(), table.get(1)], [0, [], undefined]);
});
