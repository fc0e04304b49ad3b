import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Metadata, Server, status } from '@grpc/grpc-js';
import { type Entry, type NumStoreTypedClient, openClient } from '../../../../client/api/client.ts';
import { parseRevision } from '../../../../client/api/trailers.ts';
import { escapeField } from '../../../../client/cli/printable.ts';
import {
  rowOfAdd,
  rowOfDelete,
  rowOfEntry,
  rowOfSet,
  rowOfStats,
  rowOfValue,
} from '../../../../client/commands/numbers-rows.ts';
import { createPrinter, renderRow } from '../../../../client/commands/printer.ts';
import {
  type NumStoreExtendedServer,
  NumStoreExtendedService,
  Stats,
} from '../../../../generated/numstore.ts';
import { bind, rejectsWith } from '../../../support/stub.ts';

const endlessMax = 100_000;
let written = 0;
let listings = 0;
let onCancelled = (): void => undefined;
/** One that misses stats and factExact; a listing of "endless" ends when it is cancelled, one of "silent" never. */
const handlers: Pick<NumStoreExtendedServer, 'getNum' | 'addNum' | 'deleteNum' | 'listNums'> = {
  getNum: ({ request }, callback) => callback(null, { value: 0n, found: request.key === 'zero' }),
  addNum: ({ request, metadata }, callback) => {
    const trailer = new Metadata();
    const asked = metadata.get('numstore-revision').join();
    if (asked !== '') trailer.set('numstore-revision', request.key === 'odd' ? 'odd' : '9007199254740993');
    callback(null, { value: 5n, total: asked === '1' ? 1n : 0n }, trailer);
  },
  deleteNum: ({ request }, callback) => callback(null, { deleted: request.key === 'A', total: 5n }),
  listNums: async (call) => {
    listings++;
    const cancelled = once(call, 'cancelled').then(() => onCancelled());
    const { prefix, startAfter, limit } = call.request;
    if (prefix === 'silent') return;
    if (prefix === 'broken') {
      cancelled.catch(() => undefined); // "once" rejects at an error
      call.write({ key: 'A', value: 5n });
      call.emit('error', { code: status.DATA_LOSS, details: 'corrupt' });
      return;
    }
    if (prefix !== 'endless') {
      call.write({ key: `${prefix}|${startAfter}|${limit}`, value: 5n });
      call.end();
      return;
    }
    for (written = 0; !call.cancelled && written < endlessMax; written++) {
      const entry = { key: 'k'.repeat(1024), value: 5n };
      if (call.write(entry)) continue;
      const drained = new Promise((resolve) => call.once('drain', resolve));
      await Promise.race([drained, cancelled]);
    }
  },
};
const stub = new Server();
let port = 0;
let client: NumStoreTypedClient;

before(async () => {
  stub.addService(NumStoreExtendedService, handlers);
  port = await bind(stub);
  client = await openClient({ port });
});

after(async () => {
  await client.close();
  stub.forceShutdown();
});

async function gather(entries: AsyncIterable<Entry>): Promise<readonly Entry[]> {
  const gathered: Entry[] = [];
  for await (const entry of entries) gathered.push(entry);
  return gathered;
}

test('getNum: 0 is a number, a missing key is undefined', async () => {
  assert.equal(await client.getNum('zero'), 0n);
  assert.equal(await client.getNum('B'), undefined);
});

test('deleteNum: tells whether there was anything to delete, and the total', async () => {
  assert.deepEqual(await client.deleteNum('A'), { deleted: true, total: 5n });
  assert.deepEqual(await client.deleteNum('B'), { deleted: false, total: 5n });
});

test('onRevision: who asks is told before the call ends, beyond 2^53 exactly; nobody else asks', async () => {
  let told: bigint | undefined;
  const onRevision = (revision: bigint): void => {
    told = revision;
  };
  assert.deepEqual(await client.addNum('A', 1n, { onRevision }), { value: 5n, total: 1n });
  assert.equal(told, 9007199254740993n);
  assert.deepEqual(await client.addNum('A', 1n), { value: 5n, total: 0n });
});

test('onRevision: what is no number is not told', async () => {
  await client.addNum('odd', 1n, { onRevision: (revision) => assert.fail(`told ${revision}`) });
  for (const text of ['', '-1', '1.0', '1 ', '12345678901234567890'])
    assert.equal(parseRevision(text), undefined);
});

test('listNums: sends its bounds', async () => {
  const [entry] = await gather(client.listNums({ prefix: 'p', startAfter: 's', limit: 3n }));
  assert.deepEqual([entry?.key, entry?.value], ['p|s|3', 5n]);
  assert.equal((await gather(client.listNums()))[0]?.key, '||0');
});

test('listNums: nothing is sent before it is iterated, nor what cannot be sent unchanged', async () => {
  const before = listings;
  client.listNums();
  await rejectsWith(gather(client.listNums({ prefix: '\ud800' })), 'INVALID_KEY');
  await rejectsWith(gather(client.listNums({ startAfter: '\ud800' })), 'INVALID_KEY');
  await rejectsWith(gather(client.listNums({ limit: 2n ** 63n })), 'INVALID_VALUE');
  await client.getNum('A');
  assert.equal(listings, before);
});

test('listNums: a status after some entries is an error after these entries', async () => {
  const seen: string[] = [];
  const reading = async (): Promise<void> => {
    for await (const { key } of client.listNums({ prefix: 'broken' })) seen.push(key);
  };
  await rejectsWith(reading(), 'DATA_LOSS');
  assert.deepEqual(seen, ['A']);
});

test('listNums: a reader that stops holds the server; leaving the loop cancels the call', async () => {
  const cancelled = new Promise<void>((resolve) => {
    onCancelled = resolve;
  });
  let taken = 0;
  for await (const _entry of client.listNums({ prefix: 'endless' })) {
    taken++;
    if (taken === 1000) break;
  }
  await cancelled;
  assert.ok(written < endlessMax, `${written} were sent to a reader that took ${taken}`);
});

test('listNums: ends at its deadline, and when it is aborted', async () => {
  await rejectsWith(gather(client.listNums({ prefix: 'silent', deadlineMs: 20 })), 'DEADLINE_EXCEEDED');
  await rejectsWith(
    gather(client.listNums({ prefix: 'silent', signal: AbortSignal.timeout(20) })),
    'CANCELLED',
  );
  await rejectsWith(gather(client.listNums({ signal: AbortSignal.abort() })), 'CANCELLED');
});

test('listNums: one that was left lying does not hold close beyond its deadline; a closed client has none', async () => {
  const other = await openClient({ port });
  const entries = other.listNums({ prefix: 'endless', deadlineMs: 50 })[Symbol.asyncIterator]();
  await entries.next();
  await other.close();
  await rejectsWith(gather(other.listNums()), 'CLOSED');
});

test('stats: a server without them is UNIMPLEMENTED', () => rejectsWith(client.stats(), 'UNIMPLEMENTED'));

const escapes: readonly (readonly [key: string, escaped: string])[] = [
  ['', ''],
  ['plain key, ünïcode 😀', 'plain key, ünïcode 😀'],
  ['a\tb\nc\rd', 'a\\tb\\nc\\rd'],
  ['\\t', '\\\\t'],
  ['\u001b[2J\u0000\u007f\u009b', '\\u{1b}[2J\\u{0}\\u{7f}\\u{9b}'],
  ['\u2028\u202e\u2066', '\\u{2028}\\u{202e}\\u{2066}'],
];
for (const [key, escaped] of escapes) {
  test(`escapeField: "${escaped}" is printed in one cell, and leaves the terminal alone`, () => {
    assert.equal(escapeField(key), escaped);
    const json = renderRow(rowOfEntry({ key, value: 1n }), 'programs');
    assert.doesNotMatch(json, /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}](?!$)/u);
    assert.deepEqual(JSON.parse(json), { key, value: '1' });
  });
}

test('rows: people read sentences, in which a key cannot steer their terminal', () => {
  const key = 'a\u001b[2J';
  const entry = { key, value: 5n };
  const people = [
    rowOfValue(entry),
    rowOfSet(entry, 15n, 1n),
    rowOfAdd(key, { value: 5n, total: 15n }, undefined),
    rowOfDelete(key, { deleted: true, total: 10n }, 2n),
    rowOfDelete(key, { deleted: false, total: 10n }, 2n),
    rowOfEntry(entry),
  ].map((row) => renderRow(row, 'people'));
  assert.deepEqual(people, [
    '5\n',
    'a\\u{1b}[2J = 5, total 15\n',
    'a\\u{1b}[2J = 5, total 15\n',
    'a\\u{1b}[2J deleted, total 10\n',
    'a\\u{1b}[2J was not there, nothing deleted, total 10\n',
    `${'a\\u{1b}[2J'.padEnd(24)}  5\n`,
  ]);
});

test('rows: a revision that the server did not tell is null to programs', () => {
  assert.equal(rowOfAdd('A', { value: 5n, total: 15n }, undefined).programs['revision'], null);
});

test('rows: stats show each figure, to people in words', () => {
  const stats = { ...Stats.decode(new Uint8Array()), cacheHits: 3n };
  assert.match(renderRow(rowOfStats(stats), 'people'), /^cache hits +3$/m);
  assert.match(renderRow(rowOfStats(stats), 'scripts'), /^cacheHits\t3$/m);
});

test('printer: waits for its reader, and says when there is none left', async () => {
  const written: string[] = [];
  let onWritten: ((error?: Error | null) => void) | undefined;
  const output = {
    write: (text: string, callback?: (error?: Error | null) => void): void => {
      written.push(text);
      onWritten = callback;
    },
  };
  const printer = createPrinter(output, 'scripts');
  const row = rowOfEntry({ key: 'k'.repeat(10_000), value: 1n });
  assert.equal(await printer.print(row), true);
  assert.equal(written.length, 0, 'a small row waits for others');
  const printing = printer.print(row);
  assert.equal(written.length, 1);
  onWritten?.(new Error('closed'));
  assert.equal(await printing, false);
  await printer.print(row);
  await printer.flush();
  assert.equal(written.length, 1, 'nothing is written to nobody');
});
