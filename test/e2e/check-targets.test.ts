import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runCheckCommand } from '../../client/check/command.ts';
import { UsageError } from '../../client/cli/exit.ts';
import { parseArguments } from '../../client/command-line.ts';
import { correct, type Rules } from '../support/faulty/memory.ts';
import { serveProto, serveRules } from '../support/faulty/serve.ts';
import { root } from '../support/process.ts';

const never = new Promise<never>(() => undefined);
const silent: Rules = { setNum: () => never, fact: () => never };
const forgetful: Rules = { ...correct, setNum: () => 7n };

async function openFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'numstore-targets-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

/** Runs `check --targets` in this process; returns what came to stdout. */
async function judge(
  ...words: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string }> {
  const command = parseArguments(['check', ...words]);
  assert.ok(command.kind === 'check');
  let stdout = '';
  const write = (text: string, onWritten?: () => void): void => {
    stdout += text;
    onWritten?.();
  };
  const code = await runCheckCommand(command, { stdout: { write }, stderr: { write: () => undefined } });
  return { code, stdout };
}

test('check --targets: a class has a row a server, in text, CSV, JSON and a page; one that hangs costs its limit', async (t) => {
  const folder = await openFolder(t);
  const proto = join(root, 'test/support/faulty/numbers.proto');
  const servers = [
    await serveRules(correct),
    await serveRules(forgetful),
    await serveRules(silent),
    await serveProto(correct, proto, 'NumStore'),
  ];
  t.after(() => servers.map((server) => server.close()));
  const [right, wrong, hanging, other] = servers.map(({ port }) => `127.0.0.1:${port}`);
  const file = join(folder, 'class.txt');
  const lines = [
    '# the class',
    `=Ann, ${right}`,
    `Bo <b>, ${wrong}`,
    '',
    `Cy, ${hanging}`,
    `Di, ${other}, ${proto}`,
  ];
  await writeFile(file, lines.join('\r\n'));
  const [csv, html] = [join(folder, 'class.csv'), join(folder, 'class.html')];
  const words = [
    '--targets',
    file,
    '--parallel',
    '2',
    '--keys',
    '100',
    '--time-limit',
    '30',
    '--timeout',
    '60000',
  ];
  const begun = performance.now();
  const { code, stdout } = await judge(...words, '--csv', csv, '--html', html);
  assert.ok(performance.now() - begun < 300_000);
  assert.equal(code, 1);
  const rows = stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
  assert.deepEqual(
    rows.map(([name, , , failed, , what]) => [name, failed, what?.replace(/, .*/, '')]),
    [
      ['name', 'failed', 'what is wrong'],
      ['=Ann', '0', ''],
      ['Bo <b>', '1', 'wire'],
      ['Cy', '0', 'not done within 30 s'],
      ['Di', '0', ''],
    ],
  );
  const table = await readFile(csv, 'utf8');
  assert.match(table, /^"name","address",.*"wire","totals"/);
  assert.match(table, /^"'=Ann",.*"PASS"/m);
  const page = await readFile(html, 'utf8');
  assert.equal(page.match(/<details>/g)?.length, 4);
  assert.ok(page.includes('Bo &#60;b&#62;') || page.includes('Bo &lt;b&gt;'));
  assert.ok(!page.includes('<b>, '));
});

test('check --targets: --json has an object a server; one that is not there is a row like the others', async (t) => {
  const folder = await openFolder(t);
  const server = await serveRules(correct);
  t.after(() => server.close());
  const file = join(folder, 'class.txt');
  await writeFile(file, `Ann, 127.0.0.1:${server.port}\nBo, 127.0.0.1:1\n`);
  const { code, stdout } = await judge('--targets', file, '--keys', '100', '--json');
  const [ann, bo] = JSON.parse(stdout);
  assert.deepEqual([code, ann.name, ann.trouble, ann.failed], [1, 'Ann', null, 0]);
  assert.deepEqual([bo.name, bo.checks], ['Bo', []]);
  assert.match(bo.trouble, /127\.0\.0\.1:1/);
});

test('check --targets: every bad line is listed, and flags of one server are refused beside it', async (t) => {
  const folder = await openFolder(t);
  const file = join(folder, 'class.txt');
  await writeFile(file, 'Ann\nBo, nowhere\nCy, 127.0.0.1:5440, missing.proto\n');
  await assert.rejects(
    judge('--targets', file),
    (error) =>
      error instanceof UsageError &&
      error.faults.length === 3 &&
      error.faults[2]?.includes('line 3') === true,
  );
  assert.throws(() => parseArguments(['check', '5440', '--targets', file, '--junit', 'x']), UsageError);
  assert.throws(() => parseArguments(['check', '--parallel', '3']), UsageError);
});
