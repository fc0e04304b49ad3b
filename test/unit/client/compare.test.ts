import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { UsageError } from '../../../client/cli/exit.ts';
import { runCompare } from '../../../client/compare/command.ts';
import { compareRuns, type Verdict } from '../../../client/compare/difference.ts';
import { readRun } from '../../../client/compare/run-file.ts';
import type { LoadPlan } from '../../../client/load/run/plan.ts';
import { findPercentile } from '../../../client/stats/distribution.ts';
import { createRandom } from '../../../client/stats/random.ts';
import { type MadeCall, replies, summaryOf } from '../../support/load-run.ts';

interface Made {
  readonly seed: number;
  readonly calls?: number;
  /** milliseconds that each call takes more */
  readonly moreMs?: number;
  readonly changes?: Partial<LoadPlan>;
}

/** Calls every 5 ms of which each takes 1 to 3 ms, and one of 50 ten times as long. */
function makeCalls({ seed, calls = 1200, moreMs = 0 }: Made): readonly MadeCall[] {
  const random = createRandom(seed, 0);
  return Array.from({ length: calls }, (_, index): MadeCall => {
    const tookMs = (1 + random.below(2000) / 1000) * (random.below(50) === 0 ? 10 : 1) + moreMs;
    return [replies.set, index * 5, index * 5, index * 5, index * 5 + tookMs];
  });
}

async function files(t: TestContext, runs: readonly Made[]): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'numstore-compare-'));
  t.after(() => rm(folder, { recursive: true }));
  return Promise.all(
    runs.map(async (made, index) => {
      const file = join(folder, `${index}.json`);
      await writeFile(
        file,
        JSON.stringify(summaryOf({ seed: made.seed, ...made.changes }, [makeCalls(made)])),
      );
      return file;
    }),
  );
}

async function compare(t: TestContext, a: Made, b: Made) {
  const [fileA = '', fileB = ''] = await files(t, [a, b]);
  return compareRuns(await readRun(fileA), await readRun(fileB));
}

test('compare: two runs of the same kind are told apart in hardly any case', async (t) => {
  const verdicts: Verdict[] = [];
  for (let seed = 0; seed < 10; seed++) {
    const { differences } = await compare(t, { seed: 2 * seed }, { seed: 2 * seed + 1 });
    verdicts.push(...differences.map(({ verdict }) => verdict));
  }
  const told = verdicts.filter((verdict) => verdict !== 'no difference can be told').length;
  assert.ok(told <= 6, `${told} of ${verdicts.length}, and chance explains one of 20`);
});

test('compare: a run whose calls all take 1 ms more is worse by just that, and the other way round better', async (t) => {
  const { differences, longerShare } = await compare(t, { seed: 5 }, { seed: 6, moreMs: 1 });
  const [p50] = differences;
  assert.equal(p50?.verdict, 'worse');
  assert.ok(p50.interval !== null && p50.interval[0] < 1 && p50.interval[1] > 1, `${p50.interval}`);
  assert.ok(longerShare > 0.7);
  const back = await compare(t, { seed: 6, moreMs: 1 }, { seed: 5 });
  assert.equal(back.differences[0]?.verdict, 'better');
  assert.ok(Math.abs(back.longerShare + longerShare - 1) < 1e-9);
});

test('compare: the figures of each run are those of its own report, to the last digit', async (t) => {
  const runs: readonly Made[] = [{ seed: 3 }, { seed: 4, moreMs: 2 }];
  const [fileA = '', fileB = ''] = await files(t, runs);
  const { differences } = compareRuns(await readRun(fileA), await readRun(fileB));
  const told = runs.map((made) => {
    const { latency, repliesPerSecond } = summaryOf({ seed: made.seed }, [makeCalls(made)]);
    const at = (p: number) => findPercentile(latency, p)?.ms;
    return [at(0.5), at(0.99), latency?.meanMs, repliesPerSecond];
  });
  assert.deepEqual([differences.map(({ a }) => a), differences.map(({ b }) => b)], told);
  for (const { interval, difference } of differences) {
    assert.ok(interval !== null && interval[0] <= difference && difference <= interval[1]);
  }
});

test('compare: fewer than eight whole windows give no interval', async (t) => {
  const { differences } = await compare(t, { seed: 1 }, { seed: 2, calls: 100 });
  for (const { interval, verdict } of differences) {
    assert.equal(interval, null);
    assert.equal(verdict, 'too short to tell');
  }
});

test('compare: equal files give equal words, and say what else differs', async (t) => {
  const [a = '', b = ''] = await files(t, [{ seed: 1 }, { seed: 2, moreMs: 1, changes: { connections: 9 } }]);
  const texts: string[] = [];
  const terminal = { stdout: { write: (text: string) => texts.push(text) }, stderr: { write: () => true } };
  const html = join(a, '..', 'page.html');
  for (let round = 0; round < 2; round++) {
    assert.equal(await runCompare({ kind: 'compare', a, b, json: false, html }, terminal), 0);
  }
  assert.equal(texts[0], texts[1]);
  assert.match(texts[0] ?? '', /^Mind: connections differs: 2 and 9$/m);
  assert.match(
    texts[0] ?? '',
    /^p50 +A \d\.\d{3} ms, B \d\.\d{3} ms: \+\d\.\d{3} ms \(.*\), 95 % interval .*: B is worse$/m,
  );
  assert.match(texts[0] ?? '', /^p50 .*\|\.*=*o/m);
});

for (const [content, reason] of [
  ['nothing', /not valid JSON/],
  ['{}', /format: expected "numstore-load\/1"/],
  ['{"format":"numstore-load/1","latency":null}', /no replies/],
  ['{"format":"numstore-load/1","latency":{},"timeline":{},"startedAt":1}', /startedAt: expected a text/],
] as const) {
  test(`compare: a file with ${content} is refused, saying why`, async (t) => {
    const [file = ''] = await files(t, [{ seed: 1, calls: 1 }]);
    await writeFile(file, content);
    await assert.rejects(readRun(file), (error) => error instanceof UsageError && reason.test(error.message));
  });
}
