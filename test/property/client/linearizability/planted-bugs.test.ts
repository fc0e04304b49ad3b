import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkByRevision } from '../../../../client/linearizability/by-revision/check.ts';
import { checkBySearch } from '../../../../client/linearizability/by-search/check.ts';
import { plantedBugs, type Simulation } from '../../../support/linearizability/plan.ts';
import { simulate, simulatePlanted } from '../../../support/linearizability/simulate.ts';
import { count } from '../../../support/scale.ts';

/** A run of each kind; the same parameters for correct servers and for those with a bug. */
const runs = count(5, 25);
/** The search by which a burst of lost answers is given up: the verdict is UNDECIDED then. */
const stepsMax = count(400_000, 1_000_000);
const seedOfRun = Date.now();
const operations = count(300, 1000);

function* plans(): Generator<Simulation> {
  for (let run = 0; run < runs; run++) {
    const seed = seedOfRun + run;
    for (const clients of [1, 4, 16, 64]) yield { seed, clients, operations, keys: 40, calls: 'all' };
  }
}

/** Runs a plan, and makes sure that the bug it asks for is there. */
const play = (plan: Simulation) => (plan.bug === undefined ? simulate(plan) : simulatePlanted(plan)).history;
const byRevision = (plan: Simulation) => checkByRevision(play(plan), { held: 'absent', isAlone: true });
const bySearch = (plan: Simulation) => checkBySearch(play({ ...plan, calls: 'exercise' }), { stepsMax });

for (const [name, check] of [
  ['by revision', byRevision],
  ['by search', bySearch],
] as const) {
  test(`prover, ${name}: every valid history is accepted`, () => {
    for (const plan of plans()) assert.equal(check(plan).kind, 'valid', JSON.stringify(plan));
  });

  for (const bug of plantedBugs) {
    test(`prover, ${name}: ${bug} is found, every time, at the same parameters`, () => {
      for (const plan of plans())
        assert.equal(check({ ...plan, bug }).kind, 'invalid', JSON.stringify({ ...plan, bug }));
    });
  }

  test(`prover, ${name}: answers lost in a burst never make a valid history an offence`, () => {
    // revisions tell how many writes took effect, and reads which: then it is decided, too
    const fair: readonly string[] = name === 'by revision' ? ['valid'] : ['valid', 'undecided'];
    for (const plan of plans()) {
      const { kind } = check({ ...plan, crashAfter: operations / 2 });
      assert.ok(fair.includes(kind), `${kind} ${JSON.stringify(plan)}`);
    }
  });
}
