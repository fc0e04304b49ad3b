import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { documented } from '../support/documented.ts';
import { grpcurl, pythonWithGrpc, skipWithout } from '../support/foreign.ts';
import { root, run } from '../support/process.ts';
import { type RunningServer, startServer } from '../support/server.ts';

const python = pythonWithGrpc();
const curl = grpcurl();
const withoutPython = skipWithout(
  'python',
  python !== undefined,
  'needs grpcio and grpcio-tools (Debian: python3-grpcio python3-grpc-tools)',
);
const withoutGrpcurl = skipWithout(
  'grpcurl',
  curl !== undefined,
  'needs grpcurl (go install github.com/fullstorydev/grpcurl/cmd/grpcurl)',
);

let folder: string;
let server: RunningServer;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'numstore-foreign-'));
  server = await startServer();
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** Runs a Python client of test/support with the code generated into `folder`. */
async function runPython(script: string, ...args: readonly string[]): Promise<string> {
  const output = await run([python ?? '', join(root, 'test/support', script), String(server.port), ...args], {
    env: { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' },
  });
  assert.equal(output.code, 0, output.stderr);
  return output.stdout;
}

test("python: the exercise's own command generates code from our .proto file", {
  skip: withoutPython,
}, async () => {
  copyFileSync(join(root, 'numstore.proto'), join(folder, 'numstore.proto'));
  const [, ...words] = documented(
    'python3 -m grpc_tools.protoc -I=. --python_out=. --grpc_python_out=. numstore.proto',
  );
  const output = await run([python ?? '', ...words], { cwd: folder });
  assert.equal(output.code, 0, output.stderr);
  const made = readdirSync(folder).filter((name) => name.endsWith('.py'));
  assert.deepEqual(made.sort(), ['numstore_pb2.py', 'numstore_pb2_grpc.py']);
});

test('python: the manual test of the exercise prints 1, 11, 15, 5, 120', {
  skip: withoutPython,
}, async () => {
  assert.equal(await runPython('manual_test.py'), '1\n11\n15\n5\n120\n');
});

test("python: the exercise's client of 8 threads runs against the server unchanged", {
  skip: withoutPython,
}, async () => {
  const report = await runPython('random_client.py');
  assert.match(report, /^requests 800\n/);
  assert.match(report, /hit rate 0\.\d+/);
});

test('python: FactExact of 100 000 equals math.factorial', { skip: withoutPython }, async () => {
  assert.match(
    await runPython('read_fact_exact.py', '100000'),
    /^100000! is right: 189589 bytes in 3 messages/,
  );
});

test('grpcurl: lists, describes and calls through reflection, without the .proto file', {
  skip: withoutGrpcurl,
}, async () => {
  const { address } = server;
  const ask = async (...args: readonly string[]): Promise<string> => {
    const output = await run([curl ?? '', '-plaintext', ...args]);
    assert.equal(output.code, 0, output.stderr);
    return output.stdout;
  };
  const askAs = (command: readonly string[]): Promise<string> =>
    ask(...command.slice(2).map((word) => word.replace('127.0.0.1:5440', address)));
  assert.equal(
    await askAs(documented('grpcurl -plaintext 127.0.0.1:5440 list')),
    'NumStore\nNumStoreExtended\ngrpc.health.v1.Health\ngrpc.reflection.v1.ServerReflection\n',
  );
  assert.match(
    await askAs(documented('grpcurl -plaintext 127.0.0.1:5440 describe NumStore')),
    /rpc Fact \( \.FactRequest \) returns \( \.FactResponse \)/,
  );
  assert.match(await ask(address, 'describe', 'FactResponse'), /bool hit = 2;/);
  await ask('-d', '{"key": "grpcurl", "value": 6}', address, 'NumStore/SetNum');
  assert.match(await ask('-d', '{"key": "grpcurl"}', address, 'NumStore/Fact'), /"value": "720"/);
  assert.match(await ask(address, 'grpc.health.v1.Health/Check'), /"SERVING"/);
});
