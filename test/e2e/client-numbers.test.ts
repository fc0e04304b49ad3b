import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
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

const words = (...args: readonly string[]): readonly string[] => [
  ...clientProgram,
  '--port',
  `${server.port}`,
  ...args,
];
const runClient = (...args: readonly string[]): Promise<Output> => run(words(...args));

async function answers(args: readonly string[], stdout: string): Promise<void> {
  const output = await runClient(...args);
  assert.deepEqual([output.code, output.stdout, output.stderr], [0, stdout, ''], args.join(' '));
}

async function empty(): Promise<void> {
  for await (const { key } of client.listNums()) await client.deleteNum(key);
}

test('numbers: piped, an answer is its figures with tabs between them', async () => {
  await empty();
  await answers(['set', 'A', '-5'], '-5\n');
  await answers(['set', '--', '-k', '-7'], '-12\n');
  await answers(['get', 'A'], '-5\n');
  await answers(['add', 'A', '8'], '3\t-4\n');
  await answers(['delete', '--', '-k'], 'deleted\t3\n');
  await answers(['delete', '--', '-k'], 'missing\t3\n');
});

test('numbers: --json is one object a line, its numbers strings; writes tell their revision', async () => {
  await empty();
  const { revision } = await client.stats();
  const written = (count: bigint): string => `${revision + count}`;
  const json = async (...args: readonly string[]): Promise<unknown> => {
    const { code, stdout } = await runClient(...args, '--json');
    assert.equal(code, 0);
    assert.match(stdout, /^[^\n]+\n$/);
    return JSON.parse(stdout);
  };
  const most = `${2n ** 63n - 1n}`;
  assert.deepEqual(await json('set', 'A', most), {
    key: 'A',
    value: most,
    total: most,
    revision: written(1n),
  });
  assert.deepEqual(await json('get', 'A'), { key: 'A', value: most });
  assert.deepEqual(await json('add', 'A', `-${most}`), {
    key: 'A',
    value: '0',
    total: '0',
    revision: written(2n),
  });
  assert.deepEqual(await json('delete', 'A'), {
    key: 'A',
    deleted: true,
    total: '0',
    revision: written(3n),
  });
});

test('numbers: get of a missing key is a line on stderr and exit code 1', async () => {
  for (const flags of [[], ['--json']]) {
    const { code, stdout, stderr } = await runClient('get', 'nobody', ...flags);
    assert.deepEqual([code, stdout, stderr], [1, '', 'numstore client: there is no key "nobody"\n']);
  }
});

test('numbers: what the server refuses is a line with its status and exit code 1, and changes nothing', async () => {
  await empty();
  await client.setNum('A', 2n ** 63n - 1n);
  for (const [args, code] of [
    [['add', 'A', '1'], 'OUT_OF_RANGE'],
    [['set', 'B', '1'], 'OUT_OF_RANGE'],
    [['get', 'x'.repeat(1025)], 'INVALID_ARGUMENT'],
  ] as const) {
    const output = await runClient(...args);
    assert.deepEqual([output.code, output.stdout], [1, ''], output.stderr);
    assert.match(output.stderr, new RegExp(`^numstore client: [^\\n]+ \\(${code}\\)\\n$`));
  }
  assert.equal(await client.getNum('A'), 2n ** 63n - 1n);
});

test('numbers: bad arguments are 2, --help is 0', async () => {
  const client = clientProgram;
  const outputs = await Promise.all([
    run([...client, 'set', 'A', 'many']),
    run([...client, 'list', '--help']),
  ]);
  assert.deepEqual(
    outputs.map(({ code }) => code),
    [2, 0],
  );
  assert.match(outputs[1]?.stdout ?? '', /--start-after K/);
});

test('list: is in the order of the UTF-8 bytes, not of UTF-16; a key has one cell', async () => {
  await empty();
  // as UTF-16, the emoji (D83D DE00) would come before U+FFFD
  const keys = ['\ufffd', '😀', 'b', 'a\tb\n', '', 'a'];
  for (const [index, key] of keys.entries()) await client.setNum(key, BigInt(index));
  await answers(['list'], '\t4\na\t5\na\\tb\\n\t3\nb\t2\n\ufffd\t0\n😀\t1\n');
  await answers(['list', '--json', '--limit', '2'], '{"key":"","value":"4"}\n{"key":"a","value":"5"}\n');
  await answers(['list', '--prefix', 'a'], 'a\t5\na\\tb\\n\t3\n');
  await answers(['list', '--start-after', 'b', '--limit', '1'], '\ufffd\t0\n');
  await answers(['list', '--prefix', 'nothing'], '');
});

test('list: a reader that closes the pipe early is no fault', async () => {
  await empty();
  const padding = 'k'.repeat(1000);
  // More than the pipe and the buffers on the way to it take.
  const entries = count(500, 1000);
  // One after the other: of a megabyte at once a busy machine may refuse a part.
  for (let index = 0; index < entries; index++) await client.setNum(`${padding}${index}`, 1n);
  const child = start(words('list'));
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

test('stats: are names and figures, the same in both forms', async () => {
  await empty();
  await client.setNum('A', 42n);
  const [columns, json] = await Promise.all([runClient('stats'), runClient('stats', '--json')]);
  assert.deepEqual([columns.code, json.code], [0, 0]);
  const lines = columns.stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  const figures = new Map<string, unknown>(Object.entries(JSON.parse(json.stdout)));
  assert.deepEqual(
    lines.map(([name]) => name),
    [...figures.keys()],
  );
  for (const [name, value] of [
    ['store', 'memory'],
    ['keys', '1'],
    ['total', '42'],
  ] as const) {
    assert.equal(figures.get(name), value);
    assert.ok(columns.stdout.includes(`${name}\t${value}\n`), columns.stdout);
  }
});

test('watch: piped, a line of names and then a line each time; --json is an object each time', async () => {
  await empty();
  await client.setNum('A', 42n);
  const flags = ['--count', '2', '--interval-ms', '100'];
  const [columns, json] = await Promise.all([
    runClient('watch', ...flags),
    runClient('watch', ...flags, '--json'),
  ]);
  assert.deepEqual([columns.code, columns.stderr, json.code, json.stderr], [0, '', 0, '']);
  const [names = '', ...lines] = columns.stdout.trimEnd().split('\n');
  assert.equal(lines.length, 2);
  const place = names.split('\t').indexOf('total');
  for (const line of lines) assert.equal(line.split('\t')[place], '42');
  const objects = json.stdout.trimEnd().split('\n');
  assert.deepEqual(
    objects.map((line) => JSON.parse(line).total),
    ['42', '42'],
  );
});

test('watch: goes on until SIGINT, which may come twice, and that is exit code 0', async () => {
  const child = start(words('watch', '--json'));
  assert.ok(child.stdout !== null);
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  setTimeout(() => child.kill('SIGINT'), 5);
  const [code, signal] = await once(child, 'close');
  assert.deepEqual([code, signal], [0, null]);
});
