import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkByRevision } from '../../../../client/linearizability/by-revision/check.ts';
import { checkBySearch } from '../../../../client/linearizability/by-search/check.ts';
import type { History } from '../../../../client/linearizability/history.ts';
import { skipWithout } from '../../../support/foreign.ts';
import { exportHistory } from '../../../support/linearizability/export.ts';
import { plantedBugs } from '../../../support/linearizability/plan.ts';
import { simulate, simulatePlanted } from '../../../support/linearizability/simulate.ts';
import { root } from '../../../support/process.ts';
import { count } from '../../../support/scale.ts';

/** Histories small enough for porcupine to decide; half of them have one of the bugs. */
const histories = count(40, 200);

function collectHistories(): History[] {
  const firstSeed = Date.now();
  return Array.from({ length: histories }, (_, run) => {
    const plan = {
      seed: firstSeed + 1000 * run,
      clients: 2 + (run % 7),
      operations: 60,
      keys: 12,
      calls: run % 4 < 2 ? 'exercise' : 'all',
    } as const;
    const bug = plantedBugs[(run >> 1) % plantedBugs.length];
    return bug === undefined || run % 2 === 0
      ? simulate(plan).history
      : simulatePlanted({ ...plan, bug, bugFrom: 10 }).history;
  });
}

/** Builds the judge in Go; undefined where there is no Go, or it cannot have the module. */
function buildPorcupine(folder: string): string | undefined {
  const binary = join(folder, 'porcupine');
  try {
    const cwd = join(root, 'test/support/porcupine');
    execFileSync('go', ['build', '-o', binary, '.'], { cwd, stdio: 'ignore', timeout: 90_000 });
    return binary;
  } catch {
    return undefined;
  }
}

test('prover: its verdicts are those of porcupine, by search and by revision', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'numstore-porcupine-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const porcupine = buildPorcupine(folder);
  const reason = skipWithout(
    'porcupine',
    porcupine !== undefined,
    'needs Go and the module github.com/anishathalye/porcupine',
  );
  if (porcupine === undefined || reason !== false) {
    t.skip(reason || undefined);
    return;
  }
  const recorded = collectHistories();
  const input = recorded.map((history) => `${exportHistory(history)}\n`).join('');
  const output = execFileSync(porcupine, { input, encoding: 'utf8', maxBuffer: 2 ** 26, timeout: 110_000 });
  const theirs = output
    .trim()
    .split('\n')
    .map((verdict) => (verdict === 'Ok' ? 'valid' : verdict === 'Illegal' ? 'invalid' : verdict));
  assert.deepEqual(
    recorded.map((history) => checkBySearch(history).kind),
    theirs,
  );
  assert.deepEqual(
    recorded.map((history) => checkByRevision(history, { held: 'absent', isAlone: true }).kind),
    theirs,
  );
  assert.deepEqual([...new Set(theirs)].toSorted(), ['invalid', 'valid']);
});
