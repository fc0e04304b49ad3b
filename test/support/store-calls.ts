import assert from 'node:assert/strict';
import { type ErrorCode, NumStoreError } from '../../server/domain/errors.ts';
import { keyBytesMax, parseKey } from '../../server/domain/key.ts';
import type { Entry, ListQuery, Store } from '../../server/store/store.ts';
import { patient } from './store-caller.ts';

/** Where JavaScript's order and that of the bytes differ, and where a store could trip. */
export const oddKeys: readonly string[] = [
  '',
  '\0',
  ' ',
  'a',
  'a\0',
  'ab',
  '[b',
  '(c',
  '{tag}',
  'é',
  'e\u0301',
  '\u07ff',
  '\ud7ff',
  '\ue000',
  '\ufffd',
  '\uffff',
  '😀',
  '\u{10ffff}',
  'x'.repeat(keyBytesMax),
  'y'.repeat(keyBytesMax),
];

/** The value of a key, or `undefined`. */
export function get(store: Store, text: string): Promise<bigint | undefined> {
  return store.read(parseKey(text), (value) => value, patient);
}

/** All that a listing yields. */
export function list(store: Store, query: Partial<ListQuery>): Promise<Entry[]> {
  return collect(store.list({ prefix: '', startAfter: undefined, limit: 0n, ...query }, patient));
}

export async function collect(pages: AsyncIterable<readonly Entry[]>): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of pages) entries.push(...page);
  return entries;
}

/** Expects that `call` rejects with a NumStoreError of `code`. */
export async function refuses(code: ErrorCode, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => error instanceof NumStoreError && error.code === code);
}
