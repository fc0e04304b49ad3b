import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { type NumStoreTypedClient, openClient } from '../../client/api/client.ts';
import { clientProgram, type Output, run, start } from '../support/process.ts';
import { count } from '../support/scale.ts';
import { type RunningServer, startServer } from '../support/server.ts';

let server: RunningServer;
let client: NumStoreTypedClient;

before(async () => {
  server = await startServer();
  client = await openClient({ port: server.port });
});

after(async () => {
  await client.close();
  await server.stop();
});

const factWords = (...args: readonly string[]): readonly string[] => [
  ...clientProgram,
  'fact',
  ...args,
  '--port',
  `${server.port}`,
];
const runFact = (...args: readonly string[]): Promise<Output> => run(factWords(...args));

function factorial(n: bigint): bigint {
  let product = 1n;
  for (let factor = 2n; factor <= n; factor++) product *= factor;
  return product;
}

async function outputFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'numstore-fact-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'bytes');
}

test('fact: prints the digits and a newline alone', async () => {
  await client.setNum('A', 1000n);
  const { code, stdout, stderr } = await runFact('A');
  assert.deepEqual([code, stdout, stderr], [0, `${factorial(1000n)}\n`, '']);
});

test('fact: --digits-only prints their count', async () => {
  await client.setNum('B', 20_000n);
  const { code, stdout } = await runFact('B', '--digits-only');
  assert.deepEqual([code, stdout], [0, '77338\n']);
});

test('fact: --bytes writes the unsigned big-endian bytes and prints nothing', async (t) => {
  const file = await outputFile(t);
  await client.setNum('C', 3000n);
  const { code, stdout, stderr } = await runFact('C', '--bytes', file);
  assert.deepEqual([code, stdout, stderr], [0, '', '']);
  assert.equal(BigInt(`0x${await readFile(file, 'hex')}`), factorial(3000n));
});

test('fact: 0 and 1 have the factorial 1, 20 the last that fits an int64, 21 the first that does not', async () => {
  for (const n of [0n, 1n, 20n, 21n, 171n]) {
    await client.setNum('D', n);
    const { value, n: stored } = await client.factExact('D');
    assert.deepEqual([stored, value], [n, factorial(n)]);
  }
});

test('fact: --json is one object with n, hit, the count of digits and the number, which --digits-only leaves out', async () => {
  await client.setNum('json', 25n);
  const whole = await run(factWords('json', '--json'));
  assert.deepEqual(JSON.parse(whole.stdout), {
    key: 'json',
    n: '25',
    hit: false,
    digits: '26',
    value: '15511210043330985984000000',
  });
  const { stdout } = await run(factWords('json', '--json', '--digits-only'));
  assert.deepEqual(JSON.parse(stdout), { key: 'json', n: '25', hit: true, digits: '26' });
});

test('fact: the second time is a hit', async () => {
  await client.setNum('E', 777n);
  assert.equal((await client.factExact('E')).hit, false);
  assert.equal((await client.factExact('E')).hit, true);
});

test('fact: a missing key, a negative number and one too large are one line on stderr and exit code 1', async () => {
  await client.setNum('negative', -1n);
  await client.setNum('large', 2n ** 62n);
  for (const [key, code] of [
    ['missing', 'NOT_FOUND'],
    ['negative', 'FAILED_PRECONDITION'],
    ['large', 'OUT_OF_RANGE'],
  ] as const) {
    const output = await runFact(key);
    assert.deepEqual([output.code, output.stdout], [1, ''], output.stderr);
    assert.match(output.stderr, new RegExp(`^numstore client: [^\\n]+ \\(${code}\\)\\n$`));
  }
});

test('fact: bad arguments and a bad file are 2, --help is 0', async () => {
  const words = [...clientProgram, 'fact'];
  const outputs = await Promise.all([
    run([...words, '--foo']),
    run([...words, 'A', '--bytes', '/nowhere/at/all']),
    run([...words, '--help']),
  ]);
  assert.deepEqual(
    outputs.map(({ code }) => code),
    [2, 2, 0],
  );
  assert.match(outputs[2]?.stdout ?? '', /fact KEY/);
});

test('fact: a reader that closes the pipe early is no fault', async () => {
  await client.setNum('F', 30_000n);
  const child = start(factWords('F'));
  const [stdout, stderr] = [child.stdout, child.stderr];
  assert.ok(stdout !== null && stderr !== null);
  let errors = '';
  stderr.setEncoding('utf8').on('data', (part: string) => {
    errors += part;
  });
  await once(stdout, 'data');
  stdout.destroy();
  const [code] = await once(child, 'close');
  assert.deepEqual([code, errors], [0, '']);
});

test('fact: --timing has the parts of the real server in the report', async () => {
  const { code, stdout } = await run([
    ...clientProgram,
    `${server.port}`,
    '--timing',
    `--threads=${count(2, 8)}`,
  ]);
  assert.equal(code, 0);
  const [, setNums, writes, facts, reads] =
    /^Told by (\d+) of (\d+) SetNum, (\d+) of (\d+) Fact replies; cache \d+ hit/m.exec(stdout) ?? [];
  assert.ok(setNums !== undefined, stdout);
  assert.deepEqual([setNums, facts], [writes, reads]);
  assert.match(stdout, /^lock +\d+\.\d{3} ms/m);
});
