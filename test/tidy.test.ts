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
    mayNotImport: /^@grpc\/|^server\/grpc-js\//,
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

/** The commands in the README's shell blocks, without prompts and comments. */
const readmeCommands = [...read('README.md').matchAll(/^```sh\n([\s\S]*?)^```/gm)]
  .flatMap(([, block]) => (block ?? '').split('\n'))
  .map((line) => line.replace(/\s+#.*$/, '').trim())
  .filter((line) => line !== '');

test('README: every npm script and every file that a command names exists', () => {
  const manifest: unknown = JSON.parse(read('package.json'));
  assert.ok(typeof manifest === 'object' && manifest !== null && 'scripts' in manifest);
  const scripts = Object.keys(manifest.scripts ?? {});
  assert.ok(readmeCommands.length > 10);
  for (const command of readmeCommands) {
    for (const [, script] of command.matchAll(/npm run ([a-z][a-z0-9:-]*)/g))
      assert.ok(scripts.includes(script ?? ''), command);
    for (const [file] of command.matchAll(/\b[\w./-]+\.(ts|sh|yaml)\b/g))
      assert.ok(existsSync(join(root, file)), command);
  }
});

/** Where each command of the README is executed: a file, and words in it that do so. */
const proofs: Readonly<Record<string, readonly [file: string, words: string]>> = {
  'npm ci && npm run demo': ['test/e2e/demo.test.ts', "start(['npm', 'run', 'demo'"],
  'npm ci && npm test': ['.ci/run', 'npm test'],
  'npm run gen && docker build -t p2 .': ['.ci/run', 'npm run gen && docker build -t p2 .'],
  'docker run -d -p 54321:5440 p2': ['.ci/run', 'docker run -d -p 54321:5440 p2'],
  'npx tsx client/main.ts 54321 > out.txt': ['.ci/run', 'npx tsx client/main.ts 54321 > '],
  'npm start': ['test/e2e/process.test.ts', "['npm', 'start'"],
  'npx tsx client/main.ts 5440': [
    'test/e2e/client-run.test.ts',
    "run(['node_modules/.bin/tsx', 'client/main.ts'",
  ],
  'npx tsx client/main.ts 5440 --verify': ['test/e2e/verify-run.test.ts', 'runVerified('],
  'npx tsx client/main.ts --help': ['test/e2e/client-usage.test.ts', "'--help'"],
  'npx tsx server/main.ts --help': ['test/e2e/process.test.ts', "'--help'"],
  'python3 -m grpc_tools.protoc -I=. --python_out=. --grpc_python_out=. numstore.proto': [
    'test/e2e/foreign.test.ts',
    '-m grpc_tools.protoc -I=. --python_out',
  ],
  'grpcurl -plaintext 127.0.0.1:5440 list': ['test/e2e/foreign.test.ts', "'list'"],
  'grpcurl -plaintext 127.0.0.1:5440 describe NumStore': [
    'test/e2e/foreign.test.ts',
    "'describe', 'NumStore'",
  ],
  'npm run gen': ['.ci/run', 'npm run gen'],
  'npm run gen -- --check': ['.ci/run', '-- --check'],
  'npm run lint': ['.ci/run', 'npm run lint'],
  'npm run build': ['scripts/test.sh', 'npm run build'],
  'npx tsx client/main.ts set big 1000': ['test/e2e/client-numbers.test.ts', "'set'"],
  'npx tsx client/main.ts add A 5': ['test/e2e/client-numbers.test.ts', "'add'"],
  'npx tsx client/main.ts list --prefix A': ['test/e2e/client-numbers.test.ts', "'--prefix'"],
  'npx tsx client/main.ts stats --tls-ca ca.pem --tls-cert me.pem --tls-key me.key --token-file token': [
    'test/e2e/client-security.test.ts',
    "['stats', ...at]",
  ],
  'npx tsx client/main.ts watch': ['test/e2e/client-numbers.test.ts', "'watch'"],
  'npx tsx client/main.ts fact big': ['test/e2e/client-fact.test.ts', "'fact'"],
  'npx tsx client/main.ts check 5440': ['test/e2e/check-command.test.ts', "'check'"],
  'npx tsx client/main.ts 5440 --duration 10 --rate 2000 --html report.html --json a.json': [
    'test/e2e/load-run.test.ts',
    "'--rate'",
  ],
  'npx tsx client/main.ts compare a.json b.json': ['test/e2e/load-run.test.ts', "'compare'"],
  'npm run bench': ['test/e2e/measuring.test.ts', "'bench'"],
  'npm run abuse': ['test/e2e/measuring.test.ts', "'abuse'"],
  'npm run sbom': ['test/e2e/package.test.ts', "'sbom'"],
  'npm run soak': ['test/e2e/measuring.test.ts', "'soak'"],
  'npm test': ['.ci/run', 'npm test'],
  'npm run test:long': ['docs/test-long.md', 'npm run test:long'],
};

test('README: every command is run by a test or by CI', () => {
  const unproven = readmeCommands.filter((command) => {
    const proof = proofs[command];
    return proof === undefined || !read(proof[0]).includes(proof[1]);
  });
  assert.deepEqual(unproven, []);
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
