import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import type { Result } from '../../client/check/check.ts';
import { checks } from '../../client/check/checks.ts';
import { cacheFaults } from '../support/faulty/faults/cache.ts';
import type { Fault } from '../support/faulty/faults/fault.ts';
import { lockFaults } from '../support/faulty/faults/lock.ts';
import { valueFaults } from '../support/faulty/faults/values.ts';
import { compute, correct, type Rules, refuse } from '../support/faulty/memory.ts';
import { redLines, rulesFor, runCheck } from '../support/faulty/run-check.ts';
import { type SmallServer, serveProto, serveRules } from '../support/faulty/serve.ts';
import { root } from '../support/process.ts';
import { isLong } from '../support/scale.ts';

const faulty = (file: string): string => join(root, 'test/support/faulty', file);

function closed(t: TestContext, server: SmallServer): SmallServer {
  t.after(() => server.close());
  return server;
}

const faults: readonly Fault[] = [...valueFaults, ...cacheFaults, ...lockFaults];

/** These rules go by time: a machine that is busy for a moment hides their fault, and reddens no other rule. */
const timedRules: ReadonlySet<string> = new Set(['difference', 'lock', 'concurrent', 'concurrent-fact']);
const attemptsMax = 5;

/** How long a call may take on a busy machine, and where some calls are never replied to. */
const patientMs = 20_000;
const shortMs = 2_000;

/** The rows of the table that the long suite writes: which rule found the fault, and by which hint. */
const rows: string[] = [];

for (const [at, fault] of faults.entries()) {
  const { name, rule, hint, make, keys, isSilent } = fault;
  const isFirst = faults.findIndex((other) => other.rule === rule) === at;
  const title = `check: "${name}" makes the rule ${rule} red${isLong ? ', and no other' : ''}; the hint names it`;
  // one fault of each rule in the short suite, with the rules that it needs; the whole table in the long one
  test(title, { skip: !isLong && !isFirst && 'only in the long suite' }, async (t) => {
    const rules = isLong ? checks : rulesFor(rule);
    let red: readonly Result[] = [];
    const timeoutMs = isSilent === true ? shortMs : patientMs;
    const attempts = timedRules.has(rule) ? attemptsMax : 1;
    for (let attempt = 1; attempt <= attempts && red.length === 0; attempt++) {
      const { port } = closed(t, await serveRules(make()));
      red = (await runCheck({ port, keys, rules, timeoutMs })).filter(({ verdict }) => verdict === 'FAIL');
    }
    assert.deepEqual(
      red.map(({ check }) => check.id),
      [rule],
      red.map(({ came }) => came).join(),
    );
    const told = red[0]?.hint ?? '';
    assert.match(told, hint);
    rows.push(`| ${name} | ${rule} | ${told.replaceAll('|', '\\|')} |`);
  });
}

test('check: every rule but those that only report is seen red by a planted fault', () => {
  const planted = new Set(faults.map(({ rule }) => rule));
  // a server that speaks otherwise is planted below; which policy evicts is reported and never judged
  const rest = checks.map(({ id }) => id).filter((id) => !planted.has(id));
  assert.deepEqual(rest, ['wire', 'eviction']);
});

after(async () => {
  if (!isLong) return;
  const head = [
    '# Planted faults, the rule that finds each, and its hint',
    '',
    '| fault | rule | hint |',
    '|---|---|---|',
  ];
  await writeFile(join(root, 'docs/check-faults.md'), `${[...head, ...rows].join('\n')}\n`);
});

test('check: a correct server passes every line, twice in a row: it need not be fresh', async (t) => {
  const { port } = closed(t, await serveRules(correct));
  for (const run of ['first', 'second']) {
    const results = await runCheck({ port });
    assert.ok(
      results.every(({ verdict }) => verdict !== 'FAIL'),
      `${run}: ${redLines(results)}`,
    );
  }
});

test('check: other field numbers are named by the line wire; with --proto they do not matter', async (t) => {
  const { port } = closed(t, await serveProto(correct, faulty('numbers.proto'), 'NumStore'));
  const [wire] = (await runCheck({ port })).filter(({ verdict }) => verdict === 'FAIL');
  assert.equal(wire?.check.id, 'wire');
  assert.match(`${wire.came} ${wire.hint}`, /field 2 = .*numbers of the fields.*--proto/);
  const informed = await runCheck({ port, proto: faulty('numbers.proto') });
  assert.deepEqual(redLines(informed), []);
  assert.match(informed[0]?.came ?? '', /SetNumReq key=4 value=3/);
});

test('check: another package is named by the line wire; with --proto it does not matter, nor do 32 bits', async (t) => {
  const fact: Rules['fact'] = (state, key) =>
    (state.values.get(key) ?? 0n) > 12n ? refuse('does not fit') : correct.fact(state, key);
  const { port } = closed(t, await serveProto({ ...correct, fact }, faulty('package.proto'), 'p2.NumStore'));
  const [wire] = (await runCheck({ port })).filter(({ verdict }) => verdict === 'FAIL');
  assert.equal(wire?.check.id, 'wire');
  assert.match(wire.came, /UNIMPLEMENTED.*\/p2\.NumStore\/SetNum is there/);
  assert.deepEqual(redLines(await runCheck({ port, proto: faulty('package.proto') })), []);
});

test('check: numbers of the requests that differ are found out by trying others', async (t) => {
  const { port } = closed(t, await serveProto(correct, faulty('shifted.proto'), 'NumStore'));
  const results = await runCheck({ port });
  assert.deepEqual(redLines(results), ['wire']);
  assert.match(results[0]?.hint ?? '', /with key = 3 and value = 4 in SetNumRequest it works/);
});

test('check: a server that sees neither key nor value is told so, though every call is OK', async (t) => {
  const blind: Rules = { setNum: () => 0n, fact: () => compute(0n) };
  const { port } = closed(t, await serveRules(blind));
  const results = await runCheck({ port });
  assert.deepEqual(redLines(results), ['wire']);
  assert.match(results[0]?.came ?? '', /does not see/);
  assert.ok(results.slice(1).every(({ verdict }) => verdict === 'SKIP'));
});
