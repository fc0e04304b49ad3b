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

/** What each file imports: files of ours by their path from the top folder, packages by their name. */
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

interface Law {
  readonly law: string;
  readonly files: RegExp;
  readonly mayNotImport: RegExp;
}

const domain =
  /^server\/(service|lock|key|outcome|errors|caller|timing|abortable)\.ts$|^server\/(store|cache|pool|factorial)\//;

const laws: readonly Law[] = [
  { law: 'nothing imports a main', files: /./, mayNotImport: /\/main\.ts$/ },
  {
    law: 'sources never import tests, benches or scripts',
    files: /^(server|client|thread|transport)\//,
    mayNotImport: /^(test|bench|scripts)\//,
  },
  { law: 'the server never imports the client', files: /^server\//, mayNotImport: /^client\// },
  { law: 'the client never imports the server', files: /^client\//, mayNotImport: /^server\// },
  {
    law: 'the domain knows neither grpc-js nor the messages of the wire',
    files: domain,
    mayNotImport: /^@grpc\/|^generated\//,
  },
  {
    law: 'the domain never imports what stands above it',
    files: domain,
    mayNotImport:
      /^server\/(handlers|server|config|log|status|decode|health|reflection)\.ts$|^server\/grpc-js\//,
  },
  {
    law: 'handlers know no transport',
    files: /^server\/(handlers|health|reflection|call)\.ts$/,
    mayNotImport: /^@grpc\/|^transport\/|^server\/(grpc-js|native)\//,
  },
  {
    law: 'the domain and the transports know no metrics, only an observer',
    files: /^server\/(?!main\.ts$|(?:metrics|live)\/)/,
    mayNotImport: /^prom-client$|^server\/(?:metrics|live)\//,
  },
  {
    law: 'a worker imports its protocol and the factorial alone',
    files: /^server\/pool\/(worker|serve-tasks)\.ts$/,
    mayNotImport: /^(?!node:|server\/pool\/(protocol|serve-tasks)\.ts$|server\/factorial\/)/,
  },
  {
    law: 'the transport could be published alone: it imports nothing from outside',
    files: /^transport\//,
    mayNotImport: /^(?!node:|transport\/)/,
  },
  {
    law: 'the factorial imports nothing of ours',
    files: /^server\/factorial\//,
    mayNotImport: /^(?!node:|bigint-buffer$|server\/factorial\/)/,
  },
];

for (const { law, files, mayNotImport } of laws) {
  test(`imports: ${law}`, () => {
    const offences = [...imports]
      .filter(([file]) => files.test(file))
      .flatMap(([file, names]) =>
        names.filter((name) => mayNotImport.test(name)).map((name) => `${file} -> ${name}`),
      );
    assert.deepEqual(offences, []);
  });
}

test('the domain takes nothing from the environment, the arguments or the signals of its process', () => {
  // The check of a store runs as a program of its own, so that a corrupt file cannot take the server down.
  const domainFiles = sources.filter((file) => domain.test(file) && file !== 'server/store/lmdb/check.ts');
  const offenders = domainFiles.filter((file) =>
    /\bprocess\.(env|argv|exit|on|std\w+|cwd)\b/.test(read(file)),
  );
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
