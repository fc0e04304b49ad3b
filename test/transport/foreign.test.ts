import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { HpackDecoder } from '../../transport/hpack/decoder.ts';
import { HpackEncoder } from '../../transport/hpack/encoder.ts';
import { type GrpcListener, openGrpcListener } from '../../transport/index.ts';
import { root } from '../support/process.ts';
import { draw } from '../support/random.ts';
import { count } from '../support/scale.ts';
import { createEchoLog, echoRoutes } from './support/echo.ts';
import { message } from './support/frames.ts';
import { interopCases, interopCasesLeftOut, interopRoutes } from './support/interop.ts';
import { findPython, findTool, needs, run } from './support/tools.ts';

/** Peers that others wrote. */

const support = (name: string): string => join(root, 'test/transport/support', name);
const folder = mkdtempSync(join(tmpdir(), 'transport-'));
const request = join(folder, 'request');
let listener: GrpcListener;
let port: string;
before(async () => {
  writeFileSync(request, message('hello'));
  const routes = [...echoRoutes(createEchoLog()), ...interopRoutes];
  listener = await openGrpcListener({ host: '127.0.0.1', port: 0, routes });
  port = String(listener.port);
});
after(async () => {
  await listener.close();
  rmSync(folder, { recursive: true });
});

const pythonHpack = findPython('hpack');
test(
  "rfc 7541: random header lists go both ways between our HPACK and Python's",
  needs(pythonHpack, 'python3-hpack'),
  async () => {
    const random = draw();
    const text = (length: number): string =>
      Array.from({ length }, () =>
        String.fromCharCode(random.integer(0, 9) > 0 ? random.integer(33, 126) : random.integer(1, 255)),
      ).join('');
    const names = [':path', 'content-type', 'x-a', 'x-request-id', 'cookie'] as const;
    const values = Array.from({ length: 40 }, () => text(random.integer(0, 60)));
    const fieldsOf = () =>
      Array.from({ length: random.integer(0, 10) }, () => ({
        name: random.integer(0, 9) > 0 ? random.pick(names) : `x-${random.integer(0, 999)}`,
        value: random.integer(0, 3) > 0 ? (values[random.integer(0, 39)] ?? '') : text(random.integer(0, 60)),
      }));
    const encoder = new HpackEncoder(({ name }) => name !== 'cookie');
    const decoder = new HpackDecoder(4096, 1 << 24);
    const peer = spawn(pythonHpack ?? '', [support('hpack_peer.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lists = Array.from({ length: count(1_000, 10_000) }, fieldsOf);
    const pairs = (list: (typeof lists)[number]): string[][] => list.map(({ name, value }) => [name, value]);
    for (const list of lists) {
      peer.stdin.write(
        `${JSON.stringify({ encode: pairs(list) })}\n${JSON.stringify({ decode: encoder.encode(list).toString('hex') })}\n`,
      );
    }
    peer.stdin.end();
    const answers: unknown[] = [];
    for await (const line of createInterface({ input: peer.stdout })) answers.push(JSON.parse(line));
    assert.equal(answers.length, lists.length * 2, `seed ${random.seed}`);
    for (const [index, list] of lists.entries()) {
      const block = Buffer.from(String(answers[index * 2]), 'hex');
      const ours = decoder.decode(block, 0, block.length).fields.map(({ name, value }) => [name, value]);
      assert.deepEqual(ours, pairs(list), `seed ${random.seed}, list ${index}`);
      assert.deepEqual(answers[index * 2 + 1], pairs(list), `seed ${random.seed}, list ${index}`);
    }
  },
);

const pythonH2 = findPython('h2');
test("Python's h2 gets right answers, small and large", needs(pythonH2, 'python3-h2'), async () => {
  assert.equal(await run(pythonH2, [support('h2_peer.py'), port, '50', '10']), '50\n');
  assert.equal(await run(pythonH2, [support('h2_peer.py'), port, '3', '500000']), '3\n');
});

const pythonGrpc = findPython('grpc');
test(
  'grpcio: calls, metadata, compression, statuses, deadlines, streams',
  needs(pythonGrpc, 'python3-grpcio'),
  async () => {
    const told = (await run(pythonGrpc, [support('grpcio_peer.py'), port])).trim().split('\n');
    assert.equal(told.length, 8);
  },
);

test('grpc-js: calls, metadata and statuses', async () => {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const same = (bytes: Buffer): Buffer => bytes;
  const metadata = new Metadata();
  metadata.set('x-echo', 'js');
  const reply = await new Promise((resolve, reject) => {
    const call = client.makeUnaryRequest(
      '/test.Echo/Unary',
      same,
      same,
      Buffer.from('a'),
      metadata,
      (error, value) => (error === null ? resolve(value?.toString()) : reject(error)),
    );
    call.on('metadata', (headers) => assert.deepEqual(headers.get('x-header'), ['js']));
  });
  assert.equal(reply, 'a');
  const code = await new Promise((resolve) => {
    client.makeUnaryRequest('/test.Echo/Fail', same, same, Buffer.from('a'), (error) => resolve(error?.code));
  });
  assert.equal(code, 9);
  let streamed = 0;
  for await (const _ of client.makeServerStreamRequest('/test.Echo/Repeat', same, same, Buffer.from('100:a')))
    streamed++;
  assert.equal(streamed, 100);
  client.close();
});

const nghttp = findTool('nghttp');
test('nghttp gets an answer', needs(nghttp, 'Debian: nghttp2-client'), async () => {
  const args = ['-v', '-d', request, '-H', 'content-type: application/grpc', '-H', 'te: trailers'];
  const told = await run(nghttp, [...args, `http://127.0.0.1:${port}/test.Echo/Unary`]);
  assert.match(told, /grpc-status: 0/);
});

const h2load = findTool('h2load');
test('h2load gets an answer to each of its calls', needs(h2load, 'Debian: nghttp2-client'), async () => {
  const args = [
    '-n',
    '2000',
    '-c',
    '4',
    '-m',
    '20',
    '-d',
    request,
    '-H',
    'content-type: application/grpc',
    '-H',
    'te: trailers',
  ];
  const told = await run(h2load, [...args, `http://127.0.0.1:${port}/test.Echo/Unary`]);
  assert.match(told, /2000 succeeded, 0 failed, 0 errored, 0 timeout/);
});

const curl = findTool('curl');
test(
  'curl: a call by hand, and a plain request is told what was expected',
  needs(curl, 'Debian: curl'),
  async () => {
    const base = ['-sS', '-v', '--http2-prior-knowledge'];
    const head = [
      '-H',
      'content-type: application/grpc',
      '-H',
      'te: trailers',
      '--data-binary',
      `@${request}`,
    ];
    const told = await run(curl, [
      ...base,
      ...head,
      '-o',
      '/dev/null',
      `http://127.0.0.1:${port}/test.Echo/Unary`,
    ]);
    assert.match(told, /grpc-status: 0/);
    assert.match(
      await run(curl, [...base, '-d', '{}', `http://127.0.0.1:${port}/`]),
      /This server speaks gRPC/,
    );
  },
);

const h2spec = findTool('h2spec');
test(
  'h2spec: every case passes',
  needs(h2spec, 'go install github.com/summerwind/h2spec/cmd/h2spec@latest'),
  async () => {
    const told = await run(h2spec, [
      '-h',
      '127.0.0.1',
      '-p',
      port,
      '-P',
      '/test.Echo/Unary',
      '--timeout',
      '5',
    ]);
    assert.match(told, /(\d+) tests, \1 passed, 0 skipped, 0 failed/);
  },
);

const interop = findTool('grpc-interop-client');
const needsInterop = needs(
  interop,
  'go install google.golang.org/grpc/interop/client@latest, as grpc-interop-client',
);
test('gRPC interop: each case of the client is driven, or left out for a reason', needsInterop, async () => {
  const told = await run('sh', ['-c', '"$0" --help 2>&1 || true', interop ?? '']);
  const [, list = ''] = /Valid options are:([\s\S]*?)\(default/.exec(told) ?? [];
  const offered = Array.from(list.matchAll(/^\s+(\w+)\s*:/gm), ([, name]) => name);
  assert.ok(offered.length > 20, told);
  const known = [...interopCases, ...Object.keys(interopCasesLeftOut)];
  assert.deepEqual(new Set(offered), new Set(known));
});
for (const name of interopCases) {
  test(`gRPC interop: ${name}`, needsInterop, async () => {
    await run(interop, ['-server_host', '127.0.0.1', '-server_port', port, '-test_case', name]);
  });
}
