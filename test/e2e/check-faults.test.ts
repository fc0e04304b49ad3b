import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { faults } from '../support/faulty/faults.ts';
import { compute, correct, type Rules, refuse } from '../support/faulty/memory.ts';
import { redLines, runCheck } from '../support/faulty/run-check.ts';
import { type SmallServer, serveProto, serveRules } from '../support/faulty/serve.ts';
import { root } from '../support/process.ts';

const faulty = (file: string): string => join(root, 'test/support/faulty', file);

function closed(t: TestContext, server: SmallServer): SmallServer {
  t.after(() => server.close());
  return server;
}

/** These lines go by time: a machine that is busy for a moment keeps them green, and never makes another red. */
const timedLines: ReadonlySet<string> = new Set(['difference', 'lock']);
const attemptsMax = 3;

for (const { name, line, rules, keys } of faults) {
  test(`check: "${name}" makes the line ${line} red, and no other`, async (t) => {
    let red: readonly string[] = [];
    const attempts = timedLines.has(line) ? attemptsMax : 1;
    for (let attempt = 1; attempt <= attempts && red.length === 0; attempt++) {
      const { port } = closed(t, await serveRules(rules));
      red = redLines(await runCheck({ port, keys }));
    }
    assert.deepEqual(red, [line]);
  });
}

test('check: a correct server passes every line, twice in a row: it need not be fresh', async (t) => {
  const { port } = closed(t, await serveRules(correct));
  for (const run of ['first', 'second']) {
    const results = await runCheck({ port });
    assert.ok(
      results.every(({ verdict }) => verdict === 'PASS'),
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
