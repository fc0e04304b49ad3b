import { NumStoreError } from '../../domain/errors.ts';
import type { Key } from '../../domain/key.ts';
import type { Entry, StoreStats } from '../store.ts';

/** What the procedure `write` did. */
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
      throw unexpected(reply);
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
  if (typeof reply !== 'string') throw unexpected(reply);
  return readInteger(reply);
}

/** A Key again: parseKey checked it before it went in. */
function decodeKey(text: string): Key {
  return text as Key;
}

function readTexts(reply: unknown): string[] {
  if (!Array.isArray(reply) || !reply.every((text) => typeof text === 'string')) throw unexpected(reply);
  return reply;
}

function readInteger(text: string): bigint {
  if (!/^-?\d{1,19}$/.test(text)) throw unexpected(text);
  return BigInt(text);
}

function unexpected(reply: unknown): NumStoreError {
  const message = 'What Redis holds under the keys of this namespace was not written by NumStore';
  return new NumStoreError('STORE_CORRUPT', message, { cause: reply });
}
