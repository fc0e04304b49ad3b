import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { WorkerOptions } from 'node:worker_threads';
import { createEngine } from '../../server/factorial/engine.ts';
import { openPool } from '../../server/pool/pool.ts';
import { bundleInto } from '../../thread/bundle.ts';
import { prepareThread, siblingModule, type ThreadProgram } from '../../thread/start.ts';
import { root, run } from '../support/process.ts';
import { patientCaller } from '../support/stack.ts';
import { until } from '../support/until.ts';

const folder = mkdtempSync(join(tmpdir(), 'numstore-thread-'));
after(() => rmSync(folder, { recursive: true }));

/** The source of an entry in test/support/threads. */
const source = (name: string): URL => pathToFileURL(join(root, 'test/support/threads', `${name}.ts`));

interface Report {
  readonly execArgv: readonly string[];
  readonly data: unknown;
  readonly stack: string;
}

/** The message of a thread of reporter.ts, and the error that it then dies of. */
async function runReporter(
  program: ThreadProgram,
  options?: WorkerOptions,
): Promise<{ report: Report; error: Error }> {
  const worker = program.start(options);
  const [report]: Report[] = await once(worker, 'message');
  assert.ok(report !== undefined);
  worker.postMessage('die');
  const [error]: unknown[] = await once(worker, 'error');
  assert.ok(error instanceof Error);
  return { report, error };
}

/** The place where reporter.ts makes its error, as a stack trace names it. */
function plantedAt(): string {
  const lines = readFileSync(source('reporter'), 'utf8').split('\n');
  const line = lines.findIndex((text) => text.includes("new Error('planted')")) + 1;
  return `at planted (${source('reporter').href}:${line}:10)`;
}

async function bundled(name: string): Promise<URL> {
  const file = join(folder, `${name}.js`);
  await bundleInto(file, source(name));
  return pathToFileURL(file);
}

test('thread: a process that runs from sources starts bundled and unbundled threads and pools, and ends by itself', async () => {
  const program = join(root, 'test/support/thread-child.ts');
  const { code, stdout, stderr } = await run([process.execPath, '--import', 'tsx', program]);
  assert.deepEqual([code, stderr], [0, '']);
  const hex = Buffer.from(createEngine().factorial(2000)).toString('hex');
  const { bundled, ...others } = JSON.parse(stdout);
  const pools = { pool: { hex, fallbacks: 0 }, faultyPool: { hex, fallbacks: 1 } };
  assert.deepEqual(others, { unbundled: { unavailable: 14 }, ...pools });
  assert.deepEqual(bundled.execArgv, [], 'the process runs with --import tsx, its threads without');
  assert.ok(bundled.stack.includes(plantedAt()), bundled.stack);
});

test('thread: one bundle of a .ts file serves all threads of a process, and is made once', async () => {
  const file = join(folder, 'once.ts');
  const entry = (version: number): string =>
    `import { parentPort } from 'node:worker_threads';\nparentPort?.postMessage(${version} satisfies number);\n`;
  writeFileSync(file, entry(1));
  const first = await prepareThread(pathToFileURL(file));
  writeFileSync(file, entry(2));
  const again = await prepareThread(pathToFileURL(file));
  const threads = [first.start(), first.start(), again.start()];
  const messages = await Promise.all(threads.map((thread) => once(thread, 'message')));
  assert.deepEqual(messages, [[1], [1], [1]]);
});

test('thread: the bundler has ended when the threads are prepared', async () => {
  await Promise.all([prepareThread(source('reporter')), bundled('reporter')]);
  const children = (): string => readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8');
  await until(() => children().trim() === '', 'the end of the bundler');
});

test('thread: options reach the thread, but for flags of Node', async () => {
  const program = await prepareThread(siblingModule('../support/threads/reporter', import.meta.url));
  const { report } = await runReporter(program, { workerData: 7, execArgv: ['--no-warnings'] });
  assert.deepEqual([report.data, report.execArgv], [7, []]);
});

for (const [how, file] of [
  ['of a bundle in memory', () => Promise.resolve(source('reporter'))],
  ['of a bundle in a file', () => bundled('reporter')],
] as const) {
  test(`thread: stack traces ${how} name the .ts file, for a caught and an uncaught error`, async () => {
    const { report, error } = await runReporter(await prepareThread(await file()));
    assert.equal(error.message, 'planted');
    for (const stack of [report.stack, error.stack ?? '']) {
      assert.ok(stack.startsWith(`Error: planted\n    ${plantedAt()}\n`), stack);
    }
  });
}

test('thread: a bundle whose map is lost reports its errors all the same', async () => {
  const file = await bundled('reporter');
  rmSync(new URL(`${file.href}.map`));
  const { error } = await runReporter(await prepareThread(file));
  assert.match(error.stack ?? '', /^Error: planted\n {4}at planted \(file:.*\/reporter\.js:\d+:\d+\)/);
});

test('thread: an entry that needs grpc-js or a native addon is refused as a bundle, and starts unbundled', async () => {
  await assert.rejects(
    prepareThread(source('grpc')),
    /Expected .*grpc\.ts .*@grpc\/grpc-js.*isBundled: false/,
  );
  await assert.rejects(
    prepareThread(source('native')),
    /Expected .*native\.ts .*node-gyp-build.*isBundled: false/,
  );
  const compiled = siblingModule('../support/threads/grpc', import.meta.url);
  const worker = (await prepareThread(compiled, { isBundled: false })).start();
  assert.deepEqual(await once(worker, 'message'), [{ unavailable: 14 }]);
});

test('thread: an entry that is not there fails when it is prepared or started', async () => {
  await assert.rejects(prepareThread(source('missing')), /missing\.ts/);
  const compiled = siblingModule('../support/threads/missing', import.meta.url);
  const start = async () => await once((await prepareThread(compiled)).start(), 'message');
  await assert.rejects(start, /missing/);
});

test('thread: a bundle leaves out an import of grpc-js that it does not use', async () => {
  const [entry, library] = [join(folder, 'light.ts'), join(folder, 'library.ts')];
  writeFileSync(
    library,
    "import { status } from '@grpc/grpc-js';\nexport const ok = () => status.OK;\nexport const light = 'light';\n",
  );
  writeFileSync(
    entry,
    "import { parentPort } from 'node:worker_threads';\nimport { light } from './library.ts';\nparentPort?.postMessage(light);\n",
  );
  const thread = (await prepareThread(pathToFileURL(entry))).start();
  assert.deepEqual(await once(thread, 'message'), ['light']);
});

test('build: the bundled worker of the pool finds the engine', async () => {
  const workerFile = pathToFileURL(join(root, 'dist/server/pool/worker.js'));
  const pool = await openPool({ queueLimit: 1, workers: 1, workerFile });
  const { bytes } = await pool.run({ n: 2000 }, patientCaller().signal);
  await pool.close();
  assert.deepEqual(bytes, createEngine().factorial(2000));
  assert.equal(pool.stats().fallbacks, 0);
});

test('build: each bundle of a thread imports built-ins alone, and its map names the .ts file', () => {
  const dist = join(root, 'dist');
  // tsc makes no maps for dist/: each map belongs to a bundle.
  const maps = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.map'),
  );
  assert.ok(maps.includes('server/pool/worker.js.map'), maps.join());
  for (const file of maps) {
    const code = readFileSync(join(dist, file.replace(/\.map$/, '')), 'utf8');
    const imports = [...code.matchAll(/\b(?:from |import |import\()"([^"]+)"/g)].map(([, name = '']) => name);
    assert.ok(imports.includes('node:worker_threads'), file);
    assert.deepEqual(
      imports.filter((name) => !isBuiltin(name)),
      [],
      file,
    );
    assert.doesNotMatch(code, /\brequire\(/, file);
    const { sources }: { sources: readonly string[] } = JSON.parse(readFileSync(join(dist, file), 'utf8'));
    const named = sources.map((name) => join(dist, dirname(file), name));
    assert.ok(named.includes(join(root, file.replace(/\.js\.map$/, '.ts'))), file);
  }
});
