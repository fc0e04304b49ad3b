import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NumStoreError } from '../../../../server/domain/errors.ts';
import { keyBytesMax, parseKey } from '../../../../server/domain/key.ts';

const isInvalidKey = (error: unknown): boolean =>
  error instanceof NumStoreError && error.code === 'INVALID_KEY';

test('key: every well-formed string of at most 1024 bytes of UTF-8 is a key, the empty one included', () => {
  const longest = ['x'.repeat(keyBytesMax), 'é'.repeat(keyBytesMax / 2), '😀'.repeat(keyBytesMax / 4)];
  for (const text of ['', ' ', '\0', '\uFEFFA', '\uFFFD', ...longest]) assert.equal(parseKey(text), text);
});

test('key: one byte more is refused, and the message gives both lengths', () => {
  for (const text of ['x'.repeat(keyBytesMax + 1), `${'é'.repeat(keyBytesMax / 2)}x`]) {
    assert.throws(() => parseKey(text), isInvalidKey);
    assert.throws(() => parseKey(text), /1024.*1025/);
  }
});

test('key: a lone surrogate is refused, since it has no UTF-8', () => {
  for (const text of ['\uD800', 'a\uDC00b', `${'x'.repeat(2000)}\uD800`]) {
    assert.throws(() => parseKey(text), isInvalidKey);
  }
});
