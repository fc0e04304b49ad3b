import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Key, parseKey } from '../../../server/domain/key.ts';
import { createLock } from '../../../server/domain/lock.ts';
import { compareBytes } from '../../../server/store/byte-order.ts';
import { openStore } from '../../../server/store/open.ts';
import { SortedKeys } from '../../../server/store/sorted-keys.ts';
import { describeStore, parseStoreSpec } from '../../../server/store/spec.ts';
import { Values } from '../../../server/store/values.ts';

/** Any well-formed text, the highest characters as often as the lowest. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({ unit: fc.constantFrom('a', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10ffff}'), maxLength: 4 }),
);

describe('byte order:', () => {
  it('two strings compare as the bytes of their UTF-8 do', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        assert.equal(Math.sign(compareBytes(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('sorted keys:', () => {
  const sorted = (keys: Iterable<Key>): Key[] =>
    [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

  it('whatever comes and goes, what is left is in order', () => {
    const changes = fc.array(fc.record({ key: fc.integer({ min: 0, max: 5000 }), stays: fc.boolean() }), {
      minLength: 3000,
      maxLength: 6000,
      size: 'max',
    });
    fc.assert(
      fc.property(changes, fc.integer({ min: 0, max: 5000 }), fc.boolean(), (all, start, inclusive) => {
        const keys = new SortedKeys();
        const model = new Set<Key>();
        for (const { key: number, stays } of all) {
          const key = parseKey(String(number));
          if (stays && !model.has(key)) keys.add(key);
          if (!stays && model.has(key)) keys.delete(key);
          if (stays) model.add(key);
          else model.delete(key);
        }
        assert.deepEqual(keys.from({ key: '', inclusive: true }, 1e6), sorted(model));
        const from = parseKey(String(start));
        const behind = sorted(model).filter((key) => key > from || (inclusive && key === from));
        assert.deepEqual(keys.from({ key: from, inclusive }, 7), behind.slice(0, 7));
      }),
      { numRuns: 20 },
    );
  });

  it('keys that come in order, or against it, are all there', () => {
    const numbers = Array.from({ length: 5000 }, (_, index) => parseKey(String(index).padStart(5, '0')));
    for (const order of [numbers, [...numbers].reverse()]) {
      const keys = new SortedKeys();
      for (const key of order) keys.add(key);
      assert.deepEqual(keys.from({ key: '', inclusive: true }, 1e6), numbers);
      for (const key of order) keys.delete(key);
      assert.deepEqual(keys.from({ key: '', inclusive: true }, 1e6), []);
    }
  });
});

describe('values:', () => {
  it('a slot that is used again holds what was put there last', () => {
    const operation = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd').map(parseKey),
      value: fc.option(fc.bigInt(-9n, 9n)),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const values = new Values();
        const model = new Map<Key, bigint>();
        for (const { key, value } of operations) {
          if (value === null) {
            values.delete(key);
            model.delete(key);
          } else {
            values.set(key, value);
            model.set(key, value);
          }
          for (const each of ['a', 'b', 'c', 'd'].map(parseKey))
            assert.equal(values.get(each), model.get(each));
        }
      }),
    );
  });
});

describe('lock:', () => {
  it('sections run in the order in which they were asked for, each alone', async () => {
    const lock = createLock();
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        if (index >= 5) await Promise.resolve();
        await lock.run(() => {
          assert.ok(lock.isLocked);
          order.push(index);
          return index;
        });
      }),
    );
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.equal(lock.isLocked, false);
  });

  it('a throw inside rejects its own caller, spares the others and leaves it unlocked', async () => {
    const lock = createLock();
    const mistake = new Error('a mistake');
    const settled = await Promise.allSettled([
      lock.run(() => 1),
      lock.run((): number => {
        throw mistake;
      }),
      lock.run(() => 3),
    ]);
    assert.deepEqual(
      settled.map((result) => (result.status === 'fulfilled' ? result.value : result.reason)),
      [1, mistake, 3],
    );
    assert.equal(lock.isLocked, false);
    assert.equal(await lock.run(() => 4), 4);
  });

  it('a section that asks for another one does not wait for it', async () => {
    const lock = createLock();
    const order: string[] = [];
    let inner: Promise<void> | undefined;
    await lock.run(() => {
      inner = lock.run(() => {
        order.push('inner');
      });
      order.push('outer');
    });
    await inner;
    assert.deepEqual(order, ['outer', 'inner']);
  });
});

describe('store spec:', () => {
  it('memory, lmdb and redis are told apart', () => {
    assert.deepEqual(parseStoreSpec('memory'), { kind: 'memory' });
    assert.deepEqual(parseStoreSpec('lmdb:/data/with:colon'), {
      kind: 'lmdb',
      directory: '/data/with:colon',
    });
    assert.equal(parseStoreSpec('redis://host:6379/3').kind, 'redis');
  });

  it('one Redis, nodes of a cluster, sentinels and TLS are told apart', () => {
    const place = {
      masterName: undefined,
      isTls: false,
      username: undefined,
      password: undefined,
      database: 0,
    };
    const h = { host: 'h', port: 6379 };
    for (const [text, expected] of [
      ['redis://h', { ...place, hosts: [h] }],
      ['redis://h/', { ...place, hosts: [h] }],
      [
        'rediss://u:a%40%2F%23%25b@h:1/3',
        {
          ...place,
          hosts: [{ host: 'h', port: 1 }],
          isTls: true,
          username: 'u',
          password: 'a@/#%b',
          database: 3,
        },
      ],
      ['redis://h,[::1]:7', { ...place, hosts: [h, { host: '::1', port: 7 }] }],
      [
        'redis+sentinel://a,b:1/name',
        {
          ...place,
          hosts: [
            { host: 'a', port: 26_379 },
            { host: 'b', port: 1 },
          ],
          masterName: 'name',
        },
      ],
      [
        'rediss+sentinel://:p@a/name/2',
        {
          ...place,
          hosts: [{ host: 'a', port: 26_379 }],
          isTls: true,
          masterName: 'name',
          password: 'p',
          database: 2,
        },
      ],
    ] as const) {
      assert.deepEqual(parseStoreSpec(text), { kind: 'redis', place: expected }, text);
    }
    assert.equal(
      describeStore(parseStoreSpec('rediss+sentinel://u:p@a,[::1]:7/name/2')),
      'rediss+sentinel://a:26379,[::1]:7/name/2',
    );
  });

  it('anything else is refused with what was expected, and no password is repeated', async () => {
    for (const wrong of [
      '',
      'Memory',
      'lmdb:',
      'lmdb',
      'redis',
      'redis:',
      'http://h/0',
      'redis://u:secret@h/x',
      'redis://h/0?a=1',
      'redis://h,/0',
      'redis://h:0',
      'redis+sentinel://h',
      'redis://u:se#cret@h',
      'redis://:secret',
    ]) {
      assert.throws(
        () => parseStoreSpec(wrong),
        (error) =>
          error instanceof RangeError &&
          /Expected memory, lmdb:DIR or redis:/.test(error.message) &&
          !/secret/.test(error.message),
      );
      await assert.rejects(openStore(wrong, { lock: createLock() }), RangeError);
    }
    assert.equal(describeStore(parseStoreSpec('redis://user:secret@host:1/2')), 'redis://host:1/2');
  });

  it('a namespace without a name, or with braces, is refused', async () => {
    for (const namespace of ['', 'a{b', 'a b']) {
      await assert.rejects(openStore('redis://127.0.0.1:1/0', { lock: createLock(), namespace }), RangeError);
    }
  });
});
