import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseInvocation, usage } from '../../../../server/config/config.ts';
import type { ServerConfig } from '../../../../server/config/settings.ts';
import { UsageError } from '../../../../server/config/startup-error.ts';
import { root, run } from '../../../support/process.ts';

function configOf(argv: readonly string[], environment: Record<string, string> = {}): ServerConfig {
  const invocation = parseInvocation(argv, environment);
  assert.equal(invocation.kind, 'serve');
  return invocation.kind === 'serve' ? invocation.config : assert.fail();
}

function faultsOf(argv: readonly string[], environment: Record<string, string> = {}): readonly string[] {
  try {
    parseInvocation(argv, environment);
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return error.message.split('\n').slice(0, -1);
  }
  return [];
}

test('config: without settings it is the exercise: port 5440 on every interface', () => {
  const config = configOf([]);
  assert.equal(config.port, 5440);
  assert.equal(config.host, '::');
});

test('config: the server warms up unless a setting leaves that out', () => {
  assert.equal(configOf([]).warmUp, true);
  assert.equal(configOf(['--warm-up', 'off']).warmUp, false);
  assert.equal(configOf([], { NUMSTORE_WARM_UP: 'off' }).warmUp, false);
  assert.equal(faultsOf(['--warm-up', 'maybe']).length, 1);
});

test('config: a flag wins over the environment, the environment over the default', () => {
  const environment = { NUMSTORE_PORT: '7000', NUMSTORE_QUEUE_LIMIT: '9' };
  const config = configOf(['--port', '8000', '--drain-ms=5'], environment);
  assert.deepEqual([config.port, config.queueLimit, config.drainMs], [8000, 9, 5]);
});

test('config: one error lists every bad setting, with what was expected and what came', () => {
  const faults = faultsOf(['--port', '70000', '--log-level', 'loud', '--colour', 'stray'], {
    NUMSTORE_DRAIN_MS: '-1',
  });
  assert.equal(faults.length, 5);
  const text = faults.join('\n');
  for (const part of [
    '--port: Expected an integer from 0 to 65535, got "70000"',
    '"loud"',
    '--colour',
    '"stray"',
  ]) {
    assert.ok(text.includes(part), `${part} in ${text}`);
  }
  assert.ok(text.includes('NUMSTORE_DRAIN_MS'));
});

test('config: a flag without its value is a fault, and no number is read leniently', () => {
  assert.equal(faultsOf(['--port']).length, 1);
  for (const text of ['', ' 1', '1e3', '0x10', '1.5', '+1']) {
    assert.equal(faultsOf([`--port=${text}`]).length, 1, text);
  }
});

test('config: the limits have defaults, those of single peers are off, and each can be set', () => {
  const { maxKeys, maxConnections, maxConnectionsPerPeer, maxRatePerPeer } = configOf([]);
  assert.deepEqual(
    [maxKeys, maxConnections, maxConnectionsPerPeer, maxRatePerPeer],
    [1_000_000, 4096, undefined, undefined],
  );
  const set = configOf(['--max-keys', '5', '--max-connections=6', '--max-connections-per-peer', '7'], {
    NUMSTORE_MAX_RATE_PER_PEER: '8',
  });
  assert.deepEqual(
    [set.maxKeys, set.maxConnections, set.maxConnectionsPerPeer, set.maxRatePerPeer],
    [5, 6, 7, 8],
  );
});

test('config: more keys than a memory store can hold are a fault, and for stores on disk they are not', () => {
  const [fault = '', ...more] = faultsOf(['--max-keys', '16000001']);
  assert.deepEqual(more, []);
  assert.match(fault, /--max-keys.*16000000.*memory/);
  assert.equal(configOf(['--max-keys', '16000001', '--store', 'lmdb:/data']).maxKeys, 16_000_001);
});

test('config: a password that the settings hold is never printed, wherever it stands by mistake', () => {
  for (const store of [
    'redis://:s3cr#t@h',
    'redis://:s3cr/t@h',
    'redis://:s3cr@t@h',
    'redis://:s3cr%t@h',
    'redis://:s3cr?t@h',
    'redis://:s3crt@h/x',
    'redis:/:s3crt@h',
    'redis://:s3crt',
    ':s3crt@h',
  ]) {
    for (const argv of [
      ['--store', store],
      [`--store=${store}`],
      ['--stroe', store],
      [store],
      ['verify', store, 'x'],
    ]) {
      const isKnown = store.startsWith('redis:') || argv[0]?.startsWith('--store');
      assert.throws(
        () => parseInvocation(argv, {}),
        (error) => error instanceof UsageError && !(isKnown && error.message.includes('s3cr')),
        argv.join(' '),
      );
    }
  }
  for (const [character, encoded] of [
    ['#', '%23'],
    ['/', '%2F'],
    ['@', '%40'],
    ['%', '%25'],
    ['?', '%3F'],
  ] as const) {
    const [fault = ''] = faultsOf(['--store', `redis://:a${character}b@h`]);
    assert.ok(fault.includes(encoded), `${character}: ${fault}`);
  }
});

test('config: what is said twice of Redis, or of a store that is none, is a fault', () => {
  const at = ['--store', 'redis://h'];
  assert.deepEqual(faultsOf([...at, '--store-password-file', '/f'], { NUMSTORE_STORE_PASSWORD: 'x' }), [
    '--store-password: Expected one password: in --store, the variable or the file',
  ]);
  assert.match(faultsOf(['--store', 'redis://:p@h', '--store-password-file', '/f']).join(), /one password/);
  assert.match(faultsOf(['--store-password-file', '/f']).join(), /Expected a store at redis:/);
  assert.match(faultsOf([...at, '--store-tls-ca', '/f']).join(), /Expected a store at rediss:/);
  assert.match(
    faultsOf(['--store', 'rediss://h', '--store-tls-cert', '/f']).join(),
    /Expected both, or none/,
  );
  assert.deepEqual(faultsOf(['--store', 'rediss://u@h', '--store-tls-ca', '/f']), []);
  assert.deepEqual(faultsOf(at, { NUMSTORE_STORE_PASSWORD: 'x' }), []);
});

test('config: --help and --version are answered whatever else is said', () => {
  assert.equal(parseInvocation(['--help', '--port', 'x'], {}).kind, 'help');
  assert.equal(parseInvocation(['--version'], {}).kind, 'version');
  for (const flag of ['--port', '--host', '--queue-limit', '--max-keys', '--drain-ms', '--log-level']) {
    assert.ok(usage().includes(flag), flag);
  }
});

test('config: docs/configuration.md is what the table of settings renders', async () => {
  const { stdout, stderr } = await run(['node', '--import', 'tsx', 'scripts/configuration.ts']);
  const page = readFileSync(join(root, 'docs/configuration.md'), 'utf8');
  const remedy = 'write it anew: node --import tsx scripts/configuration.ts > docs/configuration.md';
  assert.equal(page, stdout, `${remedy}\n${stderr}`);
});
