import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { run } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { root } from '../test/support/process.ts';
import { isLong, scale } from '../test/support/scale.ts';
import { formatRecord, formatSlowest, formatVerdict, type Result, Results } from './test-results.ts';

/**
 * `run-tests.ts [--watch] [--timeout-ms MS] [FILE...]`: runs test files and ends with one verdict over all of them.
 * Compiled (`npm test`) it runs compiled tests, the whole suite by default. As a source (`npm run test:one`,
 * `npm run test:watch`) it runs sources. The long suite writes its results to docs/test-long.md.
 */

/** How long a file may take: ten times what the slowest one does. */
const timeoutMsDefault = 300_000 * scale;
const isSource = import.meta.url.endsWith('.ts');

/** Test files, and the transport of the servers that they start. */
interface Part {
  readonly title: string;
  readonly transport?: 'native';
  readonly files: readonly string[];
}

const record = 'docs/test-long.md';
const recordHead = `# The long suite

\`npm run test:long\` runs every test of \`npm test\` at the counts that the promises name (\`NUMSTORE_TEST_SCALE=10\`), and writes this
file. \`npm run bench\` is the other thing that is too long for every change; its results are in \`bench/results\`, and so are those of
\`npm run soak\`, half an hour under a steady load, and of \`npm run abuse\`, attacks at full strength.
`;

/** All test files, then again those for which the transport matters; in the long suite, all that start a server. */
function wholeSuite(): readonly Part[] {
  const files = testFiles('test');
  const onBoth = isLong
    ? /./
    : /^test\/(wire\/|fault\/drain|e2e\/(exercise|concurrency|foreign|metrics|process|security|warm-up)\.)/;
  const startsServer = (file: string): boolean =>
    /support\/(server|stack|metrics)\.ts/.test(readFileSync(join(root, file), 'utf8'));
  return [
    { title: 'Everything, with grpc-js where a server is talked to', files },
    {
      title: 'What talks to a server, on the native transport',
      transport: 'native',
      files: files.filter((file) => onBoth.test(file) && startsServer(file)),
    },
  ];
}

function testFiles(folder: string): readonly string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `${folder}/${file}`)
    .toSorted();
}

/** What to run for a test file: itself, or what it was compiled to. */
function runnable(file: string): string {
  const path = relative(root, resolve(file));
  if (isSource || !path.startsWith('test/')) return resolve(file);
  return join(root, 'dist-test', path.replace(/\.ts$/, '.js'));
}

function sourceOf(file: string): string {
  return relative(root, file).replace(/^dist-test\/(.*)\.js$/, '$1.ts');
}

async function runPart(
  { title, transport, files }: Part,
  watch: boolean,
  timeout: number,
): Promise<readonly Result[]> {
  if (title !== '') console.log(`${title}:`);
  if (transport !== undefined) process.env['NUMSTORE_TEST_TRANSPORT'] = transport;
  const results = new Results(
    (text) => void process.stdout.write(text),
    (file) => (transport === undefined ? sourceOf(file) : `${sourceOf(file)} on ${transport}`),
  );
  // Node 24 does not end a file whose thread is blocked: the run ends it when nothing else has happened for as long.
  const silence = new AbortController();
  const guard = setTimeout(() => silence.abort(), timeout).unref();
  // One more than there are cores: files wait as well.
  const options = { files: files.map(runnable), concurrency: availableParallelism() + 1 };
  for await (const event of run({
    ...options,
    ...(watch ? { watch } : { timeout, signal: silence.signal }),
  })) {
    const known: TestEvent = event;
    guard.refresh();
    if (known.type === 'test:watch:drained') console.log(formatVerdict(results.finish()));
    else results.take(known);
  }
  clearTimeout(guard);
  return results.finish();
}

const { values, positionals: given } = parseArgs({
  options: { watch: { type: 'boolean', default: false }, 'timeout-ms': { type: 'string' } },
  allowPositionals: true,
});
const timeout = Number(values['timeout-ms'] ?? timeoutMsDefault);
const missing = given.filter((file) => !existsSync(file));
if (missing.length > 0 || (isSource && !values.watch && given.length === 0)) {
  console.error(
    `Expected a test file such as test/unit/server/service/cache.test.ts, got ${missing.join(', ') || 'nothing'}`,
  );
  process.exit(2);
}
const isWhole = given.length === 0 && !values.watch;
const parts = isWhole
  ? wholeSuite()
  : [{ title: '', files: given.length > 0 ? given : testFiles('test/unit') }];
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
const all: Result[] = [];
const sections = [recordHead];
for (const part of parts) {
  const startedAt = performance.now();
  const results = await runPart(part, values.watch, timeout);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const date = new Date().toISOString().slice(0, 10);
  const about = `${date}, commit ${commit}, Node ${process.version}, ${availableParallelism()} cores, ${seconds} s`;
  sections.push(formatRecord(part.title, about, results));
  all.push(...results);
}
if (isWhole && isLong) writeFileSync(join(root, record), sections.join('\n'));
if (isWhole) console.log(formatSlowest(all));
console.log(formatVerdict(all));
process.exitCode = all.length > 0 && all.every(({ outcome }) => outcome !== 'failed') ? 0 : 1;
