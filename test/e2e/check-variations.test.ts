import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { checks } from '../../client/check/checks.ts';
import { compute, type Rules, refuse } from '../support/faulty/memory.ts';
import { rulesFor, runCheck } from '../support/faulty/run-check.ts';
import { type SmallServer, serveProto, serveRules } from '../support/faulty/serve.ts';
import { type Variation, variations } from '../support/faulty/variations.ts';
import { root } from '../support/process.ts';
import { isLong } from '../support/scale.ts';

/** Runs of the long suite: latency makes a run long. */
const runsFast = 50;
const runsSlow = 3;
const fastMs = 5;

/** What failed correct servers before, with the rule that did. */
const short: ReadonlyMap<string, string> = new Map([
  ['random', 'set-cache'],
  ['1 threads, large numbers multiplied out', 'lock'],
  ['50 ms of latency', 'lock'],
]);

const rows: string[] = [];

for (const variation of variations) {
  const { name, latencyMs } = variation;
  const rule = short.get(name);
  const skip = !isLong && rule === undefined && 'only in the long suite';
  test(`check: a correct server never fails: ${name}`, { skip }, async (t) => {
    const runs = !isLong ? 1 : latencyMs <= fastMs ? runsFast : runsSlow;
    const rules = isLong ? checks : rulesFor(rule ?? '');
    const skipped = new Map<string, number>();
    // values and cache are kept from run to run
    const { port, close } = await serve(variation);
    t.after(close);
    for (let run = 0; run < runs; run++) {
      const proto = variation.isNarrow === true ? narrow : undefined;
      const keys = isLong ? 2_000 : 100;
      const results = await runCheck({ port, proto, keys, timeoutMs: 10_000, rules });
      const red = results.filter(({ verdict }) => verdict === 'FAIL');
      assert.deepEqual(
        red.map(({ check, came }) => `${check.id}: ${came}`),
        [],
        `run ${run + 1} of ${runs}`,
      );
      for (const { verdict, check } of results)
        if (verdict === 'SKIP') skipped.set(check.id, (skipped.get(check.id) ?? 0) + 1);
    }
    const skips = [...skipped].map(([id, count]) => `${id} ${count}`).join(', ');
    rows.push(`| ${name} | ${runs} | 0 | ${skips} |`);
  });
}

const narrow = join(root, 'test/support/faulty/package.proto');

function serve({ make, threads, isNarrow }: Variation): Promise<SmallServer> {
  const rules = make();
  return isNarrow === true
    ? serveProto({ ...rules, fact: refusingAbove12(rules) }, narrow, 'p2.NumStore')
    : serveRules(rules, threads);
}

/** 13! does not fit 32 bits. */
function refusingAbove12({ fact }: Rules): Rules['fact'] {
  return (state, key) => {
    const n = state.values.get(key) ?? 0n;
    return compute(n).error === '' && n > 12n ? refuse('does not fit') : fact(state, key);
  };
}

after(async () => {
  if (!isLong) return;
  const head = ['# Correct servers that differ, and how often a check failed them', ''];
  const table = [
    '| the server | runs | failed | rules skipped, and how often |',
    '|---|--:|--:|---|',
    ...rows,
  ];
  await writeFile(join(root, 'docs/check-variations.md'), `${[...head, ...table].join('\n')}\n`);
});
