import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { root, run } from '../support/process.ts';

const clone = mkdtempSync(join(tmpdir(), 'numstore-clone-'));
after(() => rmSync(clone, { recursive: true }));
mkdirSync(join(clone, 'scripts'));
for (const file of ['package.json', 'scripts/preflight.cjs']) cpSync(join(root, file), join(clone, file));

const { scripts }: { scripts: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);
/** `npm run gen` installs the packages itself, and prepack runs build. */
const names = Object.keys(scripts).filter(
  (name) => !/^(?:gen$|prepack$|pre(?:start|test:watch)$)/.test(name),
);

test('preflight: without npm ci every npm script says so in one line, and runs nothing', async () => {
  for (const name of names) {
    // what npm does: the script of the name with "pre" before it, then the script itself
    const command = scripts[`pre${name}`] ?? scripts[name] ?? '';
    const { code, stdout, stderr } = await run(['sh', '-c', command], { cwd: clone });
    assert.equal(code, 1, name);
    assert.equal(stdout, '', name);
    assert.match(stderr, /^numstore: Expected the packages in node_modules, [^\n]*npm ci\n$/, name);
  }
});

const versions = {
  '18.20.8': 1,
  '20.18.3': 1,
  '21.7.3': 1,
  '22.2.0': 1,
  '20.19.0': 0,
  '22.3.0': 0,
  '24.0.0': 0,
};
for (const [version, expected] of Object.entries(versions)) {
  test(`preflight: Node ${version} ${expected === 0 ? 'will do' : 'is refused in one line'}`, async () => {
    const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' });`;
    const script = `${pretend} process.argv.push('--node-only'); require('./scripts/preflight.cjs')`;
    const { code, stderr } = await run([process.execPath, '-e', script], { cwd: clone });
    assert.equal(code, expected);
    if (expected === 0) assert.equal(stderr, '');
    else assert.match(stderr, /^numstore: Expected Node 20\.19 or newer[^\n]*\n$/);
  });
}
