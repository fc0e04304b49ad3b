import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../../../../server/pool/job.ts';
import { type Claim, Offers } from '../../../../server/pool/offers.ts';
import { ShortQueue } from '../../../../server/pool/short-queue.ts';
import { TaskQueue } from '../../../../server/pool/task-queue.ts';
import { until } from '../../../support/until.ts';

const large = 1_000_000;

function job(n: number): Job {
  return {
    request: { n },
    memoryBytes: n,
    queuedAt: 0,
    tally: { started: () => {}, ended: () => {} },
    waitMs: 0,
    deaths: 0,
    resolve: () => {},
    reject: () => {},
  };
}

const numbers = (jobs: readonly Job[]): number[] => jobs.map(({ request }) => request.n);

function queueOf(...of: readonly number[]): TaskQueue {
  const queue = new TaskQueue({ concurrency: 2, memoryBytes: 3 * large });
  for (const n of of) queue.add(job(n));
  return queue;
}

test('queue: large tasks keep their order, and short ones go before them, the shortest first', () => {
  const queue = queueOf(large + 1, large, 9, 20_000, 5);
  assert.deepEqual(numbers(queue.before(large)), [large + 1, large]);
  assert.deepEqual(numbers(queue.before(5)), [5, 9, 20_000]);
  assert.equal(queue.next([])?.request.n, 5);
  assert.equal(queue.length, 4);
});

test('queue: however many short tasks wait, each second idle worker gets a large one that may run', () => {
  const queue = queueOf(large, large + 1, 1, 2, 3);
  const got = Array.from({ length: 5 }, () => queue.next([])?.request.n);
  assert.deepEqual(got, [1, large, 2, large + 1, 3]);
});

test('queue: short tasks neither wait for concurrency or memory, nor take any of it', () => {
  const queue = queueOf(large, 5);
  const running = [job(large), job(large)];
  assert.equal(queue.next(running)?.request.n, 5);
  assert.equal(queue.next(running), undefined, 'two large ones run already');
  const short = Array.from({ length: 10 }, () => job(30_000));
  assert.equal(queue.next([job(2 * large), ...short])?.request.n, large);
  queue.add(job(large));
  assert.equal(queue.next([job(2 * large + 1)]), undefined, 'no memory is left');
});

test('offers: each task is claimed by one worker, the shortest first, and not after it was withdrawn', () => {
  const queue = new ShortQueue();
  const workers = new Offers(queue.memory);
  for (const n of [7, 5, 6]) queue.add(job(n));
  assert.equal(workers.claim(0), undefined, 'nothing is on offer yet');
  queue.offer();
  assert.equal(workers.claim(0)?.n, 5);
  assert.equal(queue.take()?.request.n, 6);
  assert.equal(workers.claim(1), undefined, 'an idle worker took one, and the other waits again');
  queue.offer();
  const claim = workers.claim(1);
  assert.equal(claim?.n, 7);
  assert.equal(queue.finish(claim)?.request.n, 7);
  assert.deepEqual(numbers(queue.jobs), [5]);
});

test('offers: a claim whose worker is slow is on offer again, and the first result is the one', async () => {
  const queue = new ShortQueue();
  const workers = new Offers(queue.memory);
  queue.add(job(5));
  queue.offer();
  const slow = workers.claim(0);
  const claims: Claim[] = [];
  await until(() => {
    claims.push(...[workers.claim(1) ?? []].flat());
    return claims.length > 0;
  }, 'the offer');
  const [again] = claims;
  assert.ok(slow && again);
  assert.equal(queue.finish(again)?.request.n, 5);
  assert.equal(queue.finish(slow), undefined, 'it has its result');
  queue.add(job(6));
  queue.offer();
  assert.equal(queue.finish(slow), undefined, 'and the next in its place is another one');
  const next = workers.claim(0);
  assert.ok(next);
  assert.equal(queue.finish(next)?.request.n, 6);
});

test('offers: what a lost worker had claimed is there again, but not if it was cancelled', () => {
  const queue = new ShortQueue();
  const workers = new Offers(queue.memory);
  const cancelled = job(5);
  queue.add(cancelled);
  queue.add(job(6));
  queue.offer();
  const claims = [workers.claim(2), workers.claim(2)];
  assert.deepEqual(
    claims.map((claim) => claim?.n),
    [5, 6],
  );
  assert.ok(queue.remove(cancelled));
  assert.deepEqual(queue.reclaim(1), []);
  assert.deepEqual(numbers(queue.reclaim(2)), [6]);
  assert.deepEqual([queue.jobs.length, workers.claim(2)], [0, undefined]);
});

test('offers: more short tasks than there are cells are all computed, and a cancelled one is not', () => {
  const queue = new ShortQueue();
  const workers = new Offers(queue.memory);
  const jobs = Array.from({ length: 1000 }, (_, n) => job(n));
  for (const each of jobs) queue.add(each);
  queue.offer();
  for (const each of jobs) if (each.request.n % 3 === 0) assert.ok(queue.remove(each));
  const done: number[] = [];
  for (;;) {
    queue.offer();
    const claim = workers.claim(done.length % 4);
    if (claim === undefined) break;
    assert.equal(queue.finish(claim)?.request.n, claim.n);
    done.push(claim.n);
  }
  assert.deepEqual(
    done,
    numbers(jobs).filter((n) => n % 3 !== 0),
  );
  assert.deepEqual(queue.jobs, []);
});
