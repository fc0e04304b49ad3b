import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { attacks } from '../../bench/abuse/attacks.ts';
import { limitOf } from '../../bench/abuse/main-thread.ts';
import { type AbuseResult, type ProtocolResult, toPage } from '../../bench/abuse/page.ts';
import { protocolCases } from '../../bench/abuse/protocol-cases.ts';
import type { Trial } from '../../bench/abuse/trial.ts';
import { broken } from '../../bench/abuse/verdict.ts';
import { root } from '../support/process.ts';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const result: AbuseResult = JSON.parse(read('bench/results/abuse.json'));
const protocol: ProtocolResult = JSON.parse(read('bench/results/abuse-protocol.json'));

test('docs/abuse.md is what the committed results say (node --import tsx bench/abuse/document.ts writes it)', () => {
  assert.equal(read('docs/abuse.md'), toPage(result, protocol));
});

test('abuse: the committed results have every attack on every server, and every wrong thing', () => {
  for (const server of ['defaults', 'grpc-js', 'native']) {
    const tried = result.figures.filter((trial) => trial.server === server).map(({ attack }) => attack);
    assert.deepEqual(
      tried,
      attacks.map(({ name }) => name),
      server,
    );
  }
  assert.deepEqual(
    protocol.figures.map(({ sent }) => sent),
    protocolCases.map(({ name }) => name),
  );
});

const sample = { minutes: 0, residentMb: 100, handles: 20, threads: 11 };
const kept: Trial = {
  attack: 'random bytes',
  server: 'native',
  outcome: '',
  quietP99: 1,
  p99: 4.9,
  longest: 9,
  calls: 1000,
  failed: 0,
  errors: [],
  before: sample,
  peakMb: 150,
  mainThread: { running: 0.5, waiting: 0.1, collecting: 0.3 },
  after: { ...sample, residentMb: 199 },
};

test('abuse: native promises its p99, its calls, its memory and its files; grpc-js the last two; its defaults nothing', () => {
  assert.deepEqual(broken(kept, [kept]), []);
  const bad: Trial = {
    ...kept,
    p99: 5.1,
    failed: 1,
    errors: ['UNAVAILABLE'],
    after: { ...sample, residentMb: 201, handles: 21 },
  };
  assert.deepEqual(broken(bad, [kept]), ['p99', 'errors, the first: UNAVAILABLE', 'memory', 'open files']);
  assert.deepEqual(broken({ ...bad, server: 'grpc-js' }, [kept]), ['memory', 'open files']);
  assert.deepEqual(broken({ ...bad, server: 'defaults' }, [kept]), []);
  assert.deepEqual(broken({ ...kept, server: 'grpc-js', after: undefined }, [kept]), ['the server died']);
});

test('abuse: a row names what limited the server, and not its main thread where that mostly slept', () => {
  const limits = [
    { running: 0.08, waiting: 0.07, collecting: 0.01 },
    { running: 0.9, waiting: 0.05, collecting: 0.05 },
    { running: 0.6, waiting: 0.1, collecting: 0.4 },
    { running: 0.3, waiting: 0.6, collecting: undefined },
  ].map((mainThread) => limitOf(mainThread).replace(/:.*/, ''));
  assert.deepEqual(limits, ['not by its main thread', 'by its work', 'by garbage', 'by cores']);
});

test('abuse: the page says in the row of the attack which promise was broken', () => {
  const [name = ''] = [kept.attack];
  const page = toPage(
    { ...result, figures: [kept, { ...kept, server: 'grpc-js', after: undefined }] },
    protocol,
  );
  const row = page.split('\n').find((line) => line.startsWith(`| ${name}:`)) ?? '';
  assert.match(row, /\| died \| 1\.0 to 4\.9 ms; longest 9 ms; \+50 MB, then \+99 \|$/);
  const slow = toPage({ ...result, figures: [{ ...kept, p99: 50 }] }, protocol);
  assert.match(slow, /1\.0 to 50\.0 ms.*; p99 missed, limited by garbage: main thread 50 % running/);
});
