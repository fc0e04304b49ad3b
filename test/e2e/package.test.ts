import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { documented } from '../support/documented.ts';
import { type Output, root, run } from '../support/process.ts';
import { type RunningServer, startServer } from '../support/server.ts';

/** The package as others get it: a program and a library. */

let server: RunningServer;
let folder: string;
before(async () => {
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), 'numstore-package-'));
});
after(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

async function succeed(command: readonly string[], cwd = root): Promise<string> {
  const output: Output = await run(command, { cwd });
  assert.equal(output.code, 0, output.stdout + output.stderr);
  return output.stdout;
}

test('package: the example of the typed client runs on a server as it stands', async () => {
  const example = [process.execPath, '--import', 'tsx', 'examples/typed-client.ts', `${server.port}`];
  const lines = (await succeed(example)).trimEnd().split('\n');
  assert.deepEqual(
    [lines[0], lines[1], lines[3], lines[4]],
    [
      'total after A = 30: 30',
      'total after A + 12: 42',
      'A! = 1405006117752879898543142606244511569936384000000000',
      'A is 42',
    ],
  );
  assert.match(lines[2] ?? '', /^Fact: .*does not fit an int64/);
  assert.match(lines[5] ?? '', /^NOT_FOUND: /);
});

test('package: the bill of materials is CycloneDX, and names what we depend on, the optional store included', async () => {
  const bill: unknown = JSON.parse(await succeed([...documented('npm run sbom'), '--silent']));
  assert.ok(typeof bill === 'object' && bill !== null && 'components' in bill && 'bomFormat' in bill);
  assert.equal(bill.bomFormat, 'CycloneDX');
  assert.ok(Array.isArray(bill.components));
  const components: readonly unknown[] = bill.components;
  const names = components.map((component) => {
    assert.ok(typeof component === 'object' && component !== null);
    assert.ok('name' in component && 'version' in component && 'purl' in component);
    return component.name;
  });
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  assert.ok(typeof manifest === 'object' && manifest !== null);
  assert.ok(
    'dependencies' in manifest && 'optionalDependencies' in manifest && 'devDependencies' in manifest,
  );
  const shipped = [manifest.dependencies, manifest.optionalDependencies].flatMap((part) =>
    Object.keys(part ?? {}),
  );
  assert.ok(shipped.length > 5);
  assert.deepEqual(
    shipped.filter((name) => !names.includes(name)),
    [],
  );
  assert.equal(names.includes('typescript'), false, 'what only builds and tests is no part of it');
});

test('package: packed and unpacked, `numstore` is a program and a library with types', async () => {
  const [file = ''] = (
    await succeed(['npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', folder])
  )
    .trimEnd()
    .split('\n')
    .slice(-1);
  const installed = join(folder, 'node_modules', 'numstore');
  await mkdir(installed, { recursive: true });
  await succeed(['tar', '-xzf', join(folder, file), '-C', installed, '--strip-components=1']);
  // What `npm install` would fetch is here already.
  await symlink(join(root, 'node_modules'), join(installed, 'node_modules'));

  const manifest: unknown = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  assert.ok(typeof manifest === 'object' && manifest !== null && 'bin' in manifest);
  const bin = Object.entries(manifest.bin ?? {});
  assert.deepEqual(bin, [['numstore', 'dist/client/main.js']]);
  const program = [process.execPath, join(installed, 'dist/client/main.js')];
  assert.equal(await succeed([...program, 'set', 'packed', '7', '--port', `${server.port}`], folder), '7\n');
  assert.match(await readFile(join(installed, 'dist/client/main.js'), 'utf8'), /^#!\/usr\/bin\/env node\n/);

  const source = `import { openClient } from 'numstore';
await using client = await openClient({ port: ${server.port} });
const value: bigint | undefined = await client.getNum('packed');
console.log(String(value));
`;
  await writeFile(join(folder, 'use.mts'), source);
  await symlink(join(root, 'node_modules', '@types'), join(folder, 'node_modules', '@types'));
  const checked = ['--strict', '--target', 'es2023', '--lib', 'es2023,esnext.disposable', '--skipLibCheck'];
  const compiler = [process.execPath, join(root, 'node_modules/typescript/bin/tsc'), ...checked];
  await succeed([...compiler, '--module', 'nodenext', '--types', 'node', 'use.mts'], folder);
  assert.equal(await succeed([process.execPath, 'use.mjs'], folder), '7\n');
});
