import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkByRevision } from '../../../client/linearizability/by-revision/check.ts';
import { checkBySearch } from '../../../client/linearizability/by-search/check.ts';
import { checkCacheRule } from '../../../client/linearizability/cache-rule.ts';
import { checkFactorials, checkFinalTotal, checkHistory } from '../../../client/linearizability/check.ts';
import { factorials } from '../../../client/linearizability/factorials.ts';
import { History } from '../../../client/linearizability/history.ts';
import type { NewOperation } from '../../../client/linearizability/operation.ts';
import { describeVerdict } from '../../support/linearizability/describe.ts';

/** SetNum of key 0, answered. */
function set(argument: bigint, total: bigint, more: Partial<NewOperation> & { start: number; end: number }) {
  return { kind: 'setNum', key: 0, argument, total, outcome: 'ok', ...more } as const;
}

function fact(value: bigint, hit: boolean, start: number, end: number): NewOperation {
  return { kind: 'fact', key: 0, value, found: true, hit, outcome: 'ok', start, end };
}

function record(...operations: readonly NewOperation[]): History {
  const history = new History(1);
  for (const operation of operations) history.add(operation);
  return history;
}

test('history: what was added is what is there, also after it grew and was joined with that of another thread', () => {
  const history = record(set(-(2n ** 63n), 2n ** 63n - 1n, { start: 1, end: 2.5, revision: 2 ** 53 - 1 }));
  history.append(record(fact(120n, true, 3, 4), fact(6n, false, 5, 6)).columns());
  assert.equal(history.length, 3);
  const { argument, total, revision, end } = history.at(0);
  assert.deepEqual([argument, total, revision, end], [-(2n ** 63n), 2n ** 63n - 1n, 2 ** 53 - 1, 2.5]);
  assert.deepEqual([history.at(1).hit, history.at(2).value], [true, 6n]);
  assert.throws(() => history.at(3), RangeError);
});

test('by revision: an order that contradicts the clock is a violation', () => {
  const history = record(
    set(5n, 5n, { start: 1, end: 2, revision: 2 }),
    set(7n, 7n, { start: 3, end: 4, revision: 1 }),
  );
  assert.equal(checkByRevision(history).kind, 'invalid');
});

test('by revision: two reads that saw two writes in opposite orders are a violation', () => {
  const writes = [
    set(1n, 1n, { start: 0, end: 1, revision: 1 }),
    set(2n, 2n, { start: 2, end: 20, revision: 2 }),
    set(3n, 3n, { start: 2, end: 20, revision: 3 }),
  ];
  const reads = (first: bigint, second: bigint): History =>
    record(...writes, fact(first, false, 3, 4), fact(second, false, 5, 6));
  assert.equal(checkByRevision(reads(2n, 6n)).kind, 'valid');
  assert.equal(checkByRevision(reads(6n, 2n)).kind, 'invalid');
});

test('by revision: a write without a revision, or a revision without a write, is UNDECIDED', () => {
  const untold = record(set(5n, 5n, { start: 1, end: 2 }));
  const gap = record(
    set(5n, 5n, { start: 1, end: 2, revision: 1 }),
    set(6n, 9n, { start: 3, end: 4, revision: 3 }),
  );
  for (const history of [untold, gap]) assert.equal(checkByRevision(history).kind, 'undecided');
  assert.equal(checkHistory(gap, { hasRevisions: true, held: 'unknown' }).isValid, false);
  assert.match(describeVerdict(checkByRevision(gap), gap), /^UNDECIDED, which is no pass/);
});

test('by revision: a write without an answer may have taken effect where a revision is missing, and nowhere else', () => {
  const lost: NewOperation = { kind: 'setNum', key: 1, argument: 100n, outcome: 'unknown', start: 4, end: 5 };
  const seen = (value: bigint): NewOperation =>
    ({ kind: 'getNum', key: 1, value, found: true, outcome: 'ok', start: 8, end: 9 }) as const;
  const after = (revision: number, total: bigint, read: bigint): string =>
    checkByRevision(
      record(
        set(1n, 1n, { start: 0, end: 1, revision: 1 }),
        set(7n, 8n, { key: 1, start: 2, end: 3, revision: 2 }),
        lost,
        set(2n, total, { start: 6, end: 7, revision }),
        seen(read),
      ),
    ).kind;
  assert.equal(after(3, 9n, 7n), 'valid', 'it had no effect');
  assert.equal(after(4, 102n, 100n), 'valid', 'it had');
  assert.equal(after(3, 9n, 100n), 'valid', 'it has taken effect after all');
  assert.equal(after(3, 102n, 100n), 'invalid', 'no revision is missing, so the total is wrong');
  assert.equal(after(4, 102n, 50n), 'invalid', 'nobody has ever written 50');
  assert.equal(after(2, 9n, 7n), 'invalid', 'an acknowledged write is gone, and its number given again');
  assert.equal(after(5, 102n, 100n), 'undecided', 'somebody else has written');
});

test('by search: a write that would change nothing is not used up too early', () => {
  const history = record(
    set(17n, 17n, { start: 0, end: 1 }),
    set(17n, 17n, { start: 2, end: 10 }),
    set(14n, 14n, { start: 3, end: 9 }),
    fact(355687428096000n, false, 11, 12),
  );
  assert.equal(checkBySearch(history).kind, 'valid');
});

test('by search: what is given up is UNDECIDED, never valid and never invalid', () => {
  const history = record(set(1n, 1n, { start: 0, end: 1 }), set(2n, 9n, { start: 2, end: 3 }));
  assert.equal(checkBySearch(history, { stepsMax: 1 }).kind, 'undecided');
  assert.equal(checkBySearch(history).kind, 'invalid');
});

test('by search: the offence shown has no read that it can do without, and nothing after the contradiction', () => {
  const history = record(
    set(3n, 3n, { start: 0, end: 1 }),
    fact(6n, false, 2, 3),
    set(4n, 5n, { start: 4, end: 5 }),
    fact(24n, false, 6, 7),
    set(5n, 6n, { start: 8, end: 9 }),
  );
  const verdict = checkBySearch(history);
  assert.ok(verdict.kind === 'invalid');
  assert.deepEqual(
    verdict.offence.operations.map(({ kind, total }) => [kind, total]),
    [
      ['setNum', 3n],
      ['setNum', 5n],
    ],
  );
  assert.match(
    describeVerdict(verdict, history),
    /^1 violations in 5 operations\n.*\n.*SetNum k0=4 -> total 5\n$/,
  );
});

test('by search: a lost answer may have taken effect at any later time, or never', () => {
  const lost: NewOperation = { kind: 'setNum', key: 1, argument: 100n, outcome: 'unknown', start: 2, end: 3 };
  const after = (total: bigint) =>
    record(
      set(1n, 1n, { start: 0, end: 1 }),
      lost,
      set(2n, 2n, { start: 4, end: 5 }),
      set(3n, total, { start: 6, end: 7 }),
    );
  assert.deepEqual(
    [3n, 103n, 104n].map((total) => checkBySearch(after(total)).kind),
    ['valid', 'valid', 'invalid'],
  );
});

test('cache rule: ten numbers may hit while no miss is under way, eleven may not', () => {
  const hits = (numbers: number): NewOperation[] => {
    let factorial = 1n;
    return Array.from({ length: numbers }, (_, at) => {
      factorial *= BigInt(at + 1);
      return fact(factorial, true, 10 + 2 * at, 11 + 2 * at);
    });
  };
  const miss = fact(2n, false, 20, 21);
  assert.equal(checkCacheRule(record(...hits(10))).kind, 'valid');
  assert.equal(checkCacheRule(record(...hits(11))).kind, 'invalid');
  assert.equal(checkCacheRule(record(...hits(11), miss)).kind, 'valid');
});

test('cache rule: where somebody else writes, who may have filled the cache unseen, eleven numbers are UNDECIDED', () => {
  const hits = factorials.slice(1, 12).map((value, at) => fact(value, true, 10 + 2 * at, 11 + 2 * at));
  const options = { hasRevisions: true, held: 'unknown', isAlone: false } as const;
  const write = (revision: number, start: number) => set(5n, 5n, { key: 1, start, end: start + 1, revision });
  const alone = checkHistory(record(write(1, 1), write(2, 4), ...hits), options);
  assert.deepEqual([alone.order.kind, alone.cache?.kind], ['valid', 'invalid']);
  const shared = checkHistory(record(write(1, 1), write(3, 4), ...hits), options);
  assert.deepEqual(
    [shared.order.kind, shared.cache?.kind, shared.isValid],
    ['undecided', 'undecided', false],
  );
});

test('cache rule: on a fresh server a hit needs an earlier miss on its number, unless an answer was lost', () => {
  const early = [fact(6n, true, 1, 2), fact(6n, false, 3, 4)];
  const lost: NewOperation = { kind: 'fact', key: 0, outcome: 'unknown', start: 0, end: 1 };
  assert.equal(checkCacheRule(record(...early)).kind, 'valid');
  assert.equal(checkCacheRule(record(...early), { isFresh: true }).kind, 'invalid');
  assert.equal(checkCacheRule(record(lost, ...early), { isFresh: true }).kind, 'valid');
  assert.equal(
    checkCacheRule(record(fact(6n, true, 1, 4), fact(6n, false, 3, 5)), { isFresh: true }).kind,
    'valid',
  );
});

test('factorials: an answer that is the factorial of no number is a violation', () => {
  assert.equal(checkFactorials(record(fact(2432902008176640000n, false, 1, 2))).kind, 'valid');
  assert.equal(checkFactorials(record(fact(-4249290049419214848n, false, 1, 2))).kind, 'invalid');
});

test('final total: it is the sum of all values read, ours and those of others', () => {
  assert.equal(checkFinalTotal({ total: 10n, values: [1n, 2n], foreign: 7n }).kind, 'valid');
  assert.equal(checkFinalTotal({ total: 11n, values: [1n, 2n], foreign: 7n }).kind, 'invalid');
});
