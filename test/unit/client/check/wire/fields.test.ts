import assert from 'node:assert/strict';
import { test } from 'node:test';
import { integerField, readFields, stringField } from '../../../../../client/check/wire/fields.ts';

test('wire: fields are read as they were written, and bytes that are no message are none', () => {
  const bytes = Buffer.concat([stringField(4, 'ключ'), integerField(3, -(2n ** 63n)), stringField(1, '')]);
  assert.deepEqual(readFields(bytes), [
    { number: 4, value: Buffer.from('ключ') },
    { number: 3, value: -(2n ** 63n) },
  ]);
  for (const broken of [[0x0a, 0x05, 0x61], [0x08], [0x0b], new Array(12).fill(0xff)])
    assert.equal(readFields(Buffer.from(broken)), undefined);
});
