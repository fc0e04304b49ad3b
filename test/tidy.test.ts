import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { root, run } from './support/process.ts';

/** The rules of the house that a program can check. */

const sources = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /^(server|client|thread|transport|scripts|bench|test)\/.*\.ts$/.test(file))
  .filter((file) => existsSync(join(root, file)));

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** What each file imports: files of ours by their path from the top folder, packages and modules by their name. */
const imports = new Map(
  sources.map((file) => {
    const statements = /^(?:import|export)\b[^;]*?from '([^']+)'|\bimport\('([^']+)'\)/gm;
    const specifiers = [...read(file).matchAll(statements)].map(
      ([, named, dynamic]) => named ?? dynamic ?? '',
    );
    const resolved = specifiers.map((name) =>
      name.startsWith('.') ? normalize(join(dirname(file), name)) : name,
    );
    return [file, resolved] as const;
  }),
);

/** The packages and our own files that a file imports, without what comes with Node. */
const importsOf = (file: string): readonly string[] =>
  (imports.get(file) ?? []).filter((name) => !name.startsWith('node:'));

/** The files of the product, which the laws of the house are about. */
const house = sources.filter((file) => /^(server|client|transport|thread)\//.test(file));

const isWithin = (name: string, place: string): boolean => name === place || name.startsWith(`${place}/`);

/** The messages of the wire: no layer below rpc/ knows them. */
const wire = ['generated', '@bufbuild/protobuf'];
const domain = ['server/domain'];
const service = [...domain, 'server/factorial', 'server/pool', 'server/store', 'server/service'];
const rpc = [...service, 'server/rpc', ...wire];
const outside = ['server/security', 'server/net', ...rpc, 'transport/index.ts'];
const seam = ['transport', 'connection-limits', 'bytes-taken'].map((name) => `server/transports/${name}.ts`);
const served = ['server/transports', 'server/config', 'server/telemetry', 'server/warm-up', ...outside];
const clientShared = ['client/api', 'client/linearizability', 'client/stats', 'client/charts', 'client/cli'];
const command = [...clientShared, ...wire, 'transport/index.ts', 'thread/start.ts'];
const everyCommand = ['client/commands', 'client/load', 'client/check', 'client/compare'];
const streams = ['transport/io', 'transport/frames', 'transport/hpack', 'transport/http2', 'transport/grpc'];

/**
 * What each folder, or loose file, may import beside itself: folders, files and packages. A file belongs to the longest row
 * that its path begins with. What no row has is no place in the house.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'server/main.ts': ['server/composition', ...served],
  'server/composition': ['server/server.ts', ...served],
  'server/health-check.ts': ['server/config', 'generated', '@grpc/grpc-js'],
  'server/server.ts': ['server/transports', ...outside],
  'server/warm-up': ['server/transports', ...outside],
  'server/config': ['server/transports', 'server/store', 'server/factorial', ...domain],
  'server/telemetry': ['server/net', ...rpc, 'pino', 'prom-client'],
  'server/transports': outside,
  'server/transports/grpc-js': [...seam, ...rpc, 'transport/index.ts', '@grpc/grpc-js'],
  'server/transports/native': [...seam, ...rpc, 'transport/index.ts'],
  'server/security': ['server/net', 'server/rpc', 'transport/index.ts', ...domain],
  'server/rpc': ['server/service', 'server/store', 'server/factorial', ...domain, ...wire],
  'server/service': ['server/store', 'server/pool', 'server/factorial', ...domain],
  'server/store': [...domain, 'thread/start.ts'],
  'server/store/lmdb': ['server/store', ...domain, 'thread/start.ts', 'lmdb'],
  'server/store/redis': ['server/store', ...domain, 'redis'],
  'server/pool': ['server/factorial', ...domain, 'thread/start.ts'],
  'server/pool/worker.ts': ['server/pool/serve-tasks.ts', 'server/pool/protocol.ts', 'server/factorial'],
  'server/pool/serve-tasks.ts': ['server/pool/protocol.ts', 'server/pool/offers.ts', 'server/factorial'],
  'server/net': [],
  'server/factorial': ['bigint-buffer'],
  'server/domain': ['async-mutex'],

  'client/main.ts': ['client/command-line.ts', 'client/help.ts', ...everyCommand, ...clientShared],
  'client/command-line.ts': [...everyCommand, ...clientShared],
  'client/help.ts': ['client/command-line.ts', ...everyCommand, ...clientShared],
  'client/commands': command,
  'client/load': command,
  'client/check': [...command, '@grpc/grpc-js', '@grpc/proto-loader'],
  'client/compare': command,
  'client/api': ['generated', 'transport/index.ts', '@grpc/grpc-js'],
  'client/linearizability': ['client/api', 'client/stats'],
  'client/cli': ['client/api'],
  'client/charts': ['client/stats'],
  'client/stats': [],

  'transport/index.ts': ['transport/client', 'transport/server', 'transport/tls.ts', ...streams],
  'transport/tls.ts': ['transport/io'],
  'transport/client': streams,
  'transport/server': ['transport/tls.ts', ...streams],
  'transport/grpc': ['transport/frames', 'transport/hpack'],
  'transport/http2': ['transport/io', 'transport/frames', 'transport/hpack'],
  'transport/hpack': [],
  'transport/frames': [],
  'transport/io': [],

  thread: ['esbuild'],
};

function rowOf(file: string): string | undefined {
  const rows = Object.keys(mayImport).filter((row) => isWithin(file, row));
  return rows.toSorted((a, b) => b.length - a.length)[0];
}

for (const [row, allowed] of Object.entries(mayImport)) {
  test(`imports: ${row} imports only what its row allows`, () => {
    const files = house.filter((file) => rowOf(file) === row);
    const offences = files.flatMap((file) =>
      importsOf(file)
        .filter((name) => !isWithin(name, row) && !allowed.some((place) => isWithin(name, place)))
        .map((name) => `${file} -> ${name}`),
    );
    assert.ok(files.length > 0, `${row} has files`);
    assert.deepEqual(offences, []);
  });
}

test('imports: every file of the house belongs to a row, and no loose file is beside the named ones', () => {
  assert.deepEqual(
    house.filter((file) => rowOf(file) === undefined),
    [],
  );
});

test('imports: no file imports itself by way of others, types included', () => {
  assert.deepEqual(findCircles(new Map(house.map((file) => [file, importsOf(file)]))), []);
});

test('imports: the finder of circles finds one of types, and nothing in a tree', () => {
  const tree = new Map([
    ['a', ['b', 'c']],
    ['b', ['c']],
    ['c', []],
  ]);
  assert.deepEqual(findCircles(tree), []);
  assert.deepEqual(findCircles(new Map([...tree, ['c', ['a']]])), [['a', 'b', 'c']]);
});

/** Files that reach themselves, in the groups that reach each other. */
function findCircles(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const reached = new Map([...graph.keys()].map((file) => [file, reachedFrom(file, graph)]));
  const inCircle = [...graph.keys()].filter((file) => reached.get(file)?.has(file));
  const groups = inCircle.map((file) =>
    inCircle.filter((other) => reached.get(file)?.has(other) && reached.get(other)?.has(file)),
  );
  return groups.filter(([first], index) => first === inCircle[index]);
}

function reachedFrom(file: string, graph: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const reached = new Set<string>();
  const next = [...(graph.get(file) ?? [])];
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    next.push(...(graph.get(name) ?? []));
  }
  return reached;
}

test('imports: only tests of the transport itself pass by its door', () => {
  const users = [...imports.keys()].filter((file) => !/^(transport|test\/transport)\//.test(file));
  const offences = users.flatMap((file) =>
    importsOf(file)
      .filter((name) => name.startsWith('transport/') && name !== 'transport/index.ts')
      .map((name) => `${file} -> ${name}`),
  );
  assert.deepEqual(offences, []);
});

test('imports: nothing imports a main', () => {
  const offences = [...imports].filter(([, names]) => names.some((name) => /(^|\/)main\.ts$/.test(name)));
  assert.deepEqual(
    offences.map(([file]) => file),
    [],
  );
});

test('house: no folder has a single file', () => {
  const counts = new Map<string, number>();
  for (const file of house) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  assert.deepEqual(
    [...counts].filter(([, count]) => count === 1).map(([folder]) => folder),
    [],
  );
});

const lines = (file: string): readonly string[] => read(file).trimEnd().split('\n');

test('house: no file is above 250 lines', () => {
  assert.deepEqual(
    house.filter((file) => lines(file).length > 250),
    [],
  );
});

test('house: a file below 25 lines is imported by more than one, or started by its path', () => {
  const offences = house.filter((file) => {
    const importers = house.filter((other) => importsOf(other).includes(file));
    return importers.length === 1 && lines(file).length < 25;
  });
  assert.deepEqual(offences, []);
});

/**
 * Functions of more than `max` lines, from the line of the name to the closing brace. The formatter puts that brace at the
 * depth of the line of the name: each block that is no class, type or object counts.
 */
function longFunctions(text: readonly string[], max: number): readonly string[] {
  const depth = (line: string): number => line.search(/\S/);
  const closes = (line: string): boolean => /^\s*[})]/.test(line);
  return text.flatMap((line, at) => {
    const isBlock = line.endsWith('{') && !/\b(class|interface)\b|[=:(|&] \{$|\(\{$|\breturn \{$/.test(line);
    if (!isBlock) return [];
    const above = text
      .slice(0, at + 1)
      .findLastIndex((other) => depth(other) === depth(line) && !closes(other));
    const below = text.findIndex(
      (other, index) => index > at && depth(other) === depth(line) && closes(other),
    );
    const length = below - above + 1;
    return length > max ? [`${length} lines: ${text[above]?.trim()}`] : [];
  });
}

test('house: no function is above 60 lines', () => {
  const offences = house.flatMap((file) => longFunctions(lines(file), 60).map((long) => `${file}: ${long}`));
  assert.deepEqual(offences, []);
});

test('house: the measure of functions counts their first line, their parameters and their brace', () => {
  const text = ['class A {', '  method(', '    name: string,', '  ): void {', '    return;', '  }', '}'];
  assert.deepEqual(longFunctions(text, 4), ['5 lines: method(']);
  assert.deepEqual(longFunctions(text, 5), []);
});

test('the domain takes nothing from the environment, the arguments or the signals of its process', () => {
  // The check of a store runs as a program of its own, so that a corrupt file cannot take the server down.
  const offenders = house
    .filter(
      (file) => service.some((folder) => isWithin(file, folder)) && file !== 'server/store/lmdb/check.ts',
    )
    .filter((file) => /\bprocess\.(env|argv|exit|on|std\w+|cwd)\b/.test(read(file)));
  assert.deepEqual(offenders, []);
});

test('no file is called by a word that says nothing', () => {
  const offenders = sources.filter((file) =>
    /(^|\/)(utils?|common|helpers?|types|misc)(\/|\.ts$)/.test(file),
  );
  assert.deepEqual(offenders, []);
});

test('product code has no `any`, no `!`, no unfinished business', () => {
  const words =
    /\bas any\b|:\s*any\s*[,;)=\]|&>{]|<any>|@ts-(ignore|expect-error|nocheck)|\bTODO\b|\bFIXME\b|\bXXX\b/;
  const offenders = sources.filter((file) => file !== 'test/tidy.test.ts' && words.test(read(file)));
  assert.deepEqual(offenders, []);
});

test('generated/ is in step with the .proto files', async () => {
  const { code, stdout, stderr } = await run(['npm', 'run', 'gen', '--silent', '--', '--check']);
  assert.equal(code, 0, stdout + stderr);
});

test('service NumStore has the calls, messages and field numbers of the exercise, and nothing else', () => {
  const proto = read('numstore.proto').replaceAll(/\/\/.*$/gm, '');
  const block = (kind: string, name: string): string => {
    const [, body] = new RegExp(`${kind} ${name} \\{([^}]*)\\}`).exec(proto) ?? [];
    return (body ?? '').replaceAll(/\s+/g, ' ').trim();
  };
  assert.match(proto, /^\s*syntax = "proto3";/);
  assert.doesNotMatch(proto, /\b(package|optional|edition)\b/);
  assert.equal(
    block('service', 'NumStore'),
    'rpc SetNum(SetNumRequest) returns (SetNumResponse); rpc Fact(FactRequest) returns (FactResponse);',
  );
  assert.equal(block('message', 'SetNumRequest'), 'string key = 1; int64 value = 2;');
  assert.equal(block('message', 'SetNumResponse'), 'int64 total = 1;');
  assert.equal(block('message', 'FactRequest'), 'string key = 1;');
  assert.equal(block('message', 'FactResponse'), 'int64 value = 1; bool hit = 2; string error = 3;');
});

test('CI on GitHub: each Node that is supported has a job, which runs the linter and every test', () => {
  const { jobs } = parse(read('.github/workflows/ci.yml'));
  const [job, ...others] = Object.values<{ strategy: { matrix: unknown }; steps: { run?: string }[] }>(jobs);
  assert.deepEqual(job?.strategy.matrix, { node: [20, 22, 24, 26] });
  const commands = job?.steps.flatMap(({ run = [] }) => run);
  assert.deepEqual([commands, others], [['npm ci', 'npm run lint', 'npm test'], []]);
});

test('debugger: each program that Visual Studio Code starts exists', () => {
  const programs = [...read('.vscode/launch.json').matchAll(/"\$\{workspaceFolder\}\/(\S+)"/g)];
  const files = programs.map(([, file = '']) => file);
  assert.deepEqual(
    files.filter((file) => !existsSync(join(root, file))),
    [],
  );
  assert.equal(files.length, 3);
});

test('README: its tables of measured figures are those of the committed results', () => {
  const quotes = [...read('README.md').matchAll(/<!-- (bench\/results\/[\w.-]+) -->\n\n((?:\|.*\n)+)/g)];
  assert.ok(quotes.length >= 3, 'the README shows results');
  for (const [, file = '', table = ''] of quotes) {
    const lines = new Set(read(file).split('\n'));
    for (const line of table.trim().split('\n')) assert.ok(lines.has(line), `${file}: ${line}`);
  }
});
