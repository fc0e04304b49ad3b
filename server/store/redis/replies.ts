import { NumStoreError } from '../../domain/errors.ts';
import type { Key } from '../../domain/key.ts';
import { isInt64 } from '../ledger.ts';
import type { Entry, StoreStats } from '../store.ts';
import { corrupt } from './faults.ts';

/** What the script did. */
export type WriteReply =
  | { readonly kind: 'done'; readonly total: bigint; readonly revision: bigint; readonly value: bigint }
  | { readonly kind: 'same'; readonly total: bigint }
  | { readonly kind: 'full' };

/**
 * @throws NumStoreError OVERFLOW if the write was refused; STORE_CORRUPT if it is no reply of our procedure
 */
export function readWrite(reply: unknown): WriteReply {
  const [kind, first = '', second = '', third = ''] = readTexts(reply);
  switch (kind) {
    case 'done':
      return {
        kind: 'done',
        total: readInteger(first),
        revision: readInteger(second),
        value: third === '' ? 0n : readInteger(third),
      };
    case 'same':
      return { kind: 'same', total: readInteger(first) };
    case 'full':
      return { kind: 'full' };
    case 'overflow':
      throw new NumStoreError('OVERFLOW', `The ${first} would leave int64; nothing was changed`);
    default:
      throw corrupt(reply);
  }
}

/** @throws NumStoreError STORE_CORRUPT */
export function readPage(reply: unknown): Entry[] {
  const texts = readTexts(reply);
  const entries: Entry[] = [];
  for (let at = 0; at < texts.length; at += 2) {
    entries.push({ key: decodeKey(texts[at] ?? ''), value: readInteger(texts[at + 1] ?? '') });
  }
  return entries;
}

/** @throws NumStoreError STORE_CORRUPT */
export function readStats(reply: unknown): StoreStats {
  const [keys = '', total = '', revision = ''] = readTexts(reply);
  return { keys: Number(readInteger(keys)), total: readInteger(total), revision: readInteger(revision) };
}

/** @throws NumStoreError STORE_CORRUPT */
export function readValue(reply: unknown): bigint | undefined {
  if (reply === null) return undefined;
  if (typeof reply !== 'string') throw corrupt(reply);
  return readInteger(reply);
}

/** A Key again: parseKey checked it before it went in. */
function decodeKey(text: string): Key {
  return text as Key;
}

function readTexts(reply: unknown): string[] {
  if (!Array.isArray(reply) || !reply.every((text) => typeof text === 'string')) throw corrupt(reply);
  return reply;
}

function readInteger(text: string): bigint {
  const value = /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
  if (value === undefined || !isInt64(value)) throw corrupt(text);
  return value;
}
