import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { redLines, runCheck } from '../support/faulty/run-check.ts';
import { pythonWithGrpc, skipWithout } from '../support/foreign.ts';
import { root, run } from '../support/process.ts';

const python = pythonWithGrpc();
const skip = skipWithout('python', python !== undefined, 'needs grpcio and grpcio-tools');

/** Starts the exercise's own server, as its text asks for it; answers its port. */
async function startPython(t: TestContext, program: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'numstore-check-python-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const generate = `-m grpc_tools.protoc -I=. --python_out=${folder} --grpc_python_out=${folder} numstore.proto`;
  assert.equal((await run([program, ...generate.split(' ')])).code, 0);
  const child = spawn(program, [join(root, 'bench/peers/python/server.py'), folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => ended(child));
  const [port] = await once(createInterface({ input: child.stdout }), 'line');
  return Number(port);
}

/** It ends when its standard input does. */
async function ended(child: ChildProcess): Promise<void> {
  child.stdin?.end();
  await once(child, 'close');
}

test('check: a server in Python, written as the exercise asks, passes every line', { skip }, async (t) => {
  const port = await startPython(t, python ?? '');
  const results = await runCheck({ port, timeoutMs: 10_000 });
  assert.deepEqual(redLines(results), []);
  const skipped = results.filter(({ verdict }) => verdict === 'SKIP').map(({ check }) => check.id);
  assert.deepEqual(
    skipped.filter((id) => id !== 'difference' && id !== 'lock'),
    [],
  );
});
