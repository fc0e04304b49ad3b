import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { open as openLmdb } from 'lmdb';
import { NumStoreError } from '../../../server/domain/errors.ts';
import { parseKey } from '../../../server/domain/key.ts';
import { createLock } from '../../../server/domain/lock.ts';
import type { LmdbFile } from '../../../server/store/lmdb/file.ts';
import { decodeLedger, encodeLedger, ledgerKey } from '../../../server/store/lmdb/format.ts';
import { type Progress, scan } from '../../../server/store/lmdb/scan.ts';
import { openStore } from '../../../server/store/open.ts';

describe('lmdb format:', () => {
  const ledger = { keys: 3, total: -7n, revision: 9n };
  const newer = /format 2, and this NumStore reads format 1: start the release that wrote it, or a newer one/;

  function ofVersion(version: number, bytes: Buffer): Buffer {
    const copy = Buffer.from(bytes);
    copy.writeUInt32BE(version, 0);
    return copy;
  }

  it('a ledger of a newer version is refused as that, whatever its length', () => {
    for (const length of [4, 8, 32, 40, 1000]) {
      assert.throws(
        () => decodeLedger(ofVersion(2, Buffer.alloc(length, 0xa5))),
        (error) =>
          error instanceof NumStoreError &&
          error.code === 'STORE_UNAVAILABLE' &&
          newer.test(error.message) &&
          !/corrupt|Restore/.test(error.message),
        String(length),
      );
    }
  });

  it('a damaged ledger is corrupt, though its version alone is damaged', () => {
    const bytes = encodeLedger(ledger);
    assert.deepEqual(decodeLedger(bytes), ledger);
    const damaged = [Buffer.alloc(0), bytes.subarray(0, 3), bytes.subarray(0, 31), Buffer.alloc(32)];
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      damaged.push(flipped);
    }
    for (const each of damaged) {
      assert.throws(
        () => decodeLedger(each),
        (error) => error instanceof NumStoreError && error.code === 'STORE_CORRUPT',
        each.toString('hex'),
      );
    }
  });

  it('a store of a newer version is not opened, and not called damaged', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'numstore-newer-'));
    const database = openLmdb<Buffer, Buffer>({
      path: directory,
      noSubdir: false,
      encoding: 'binary',
      keyEncoding: 'binary',
      maxDbs: 1,
    });
    await database.put(ledgerKey, ofVersion(2, Buffer.alloc(48)));
    await database.close();
    await assert.rejects(openStore(`lmdb:${directory}`, { lock: createLock() }), newer);
    await rm(directory, { recursive: true });
  });
});

describe('lmdb file:', () => {
  it('one of another version of lmdb is refused as that, and not called damaged', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'numstore-version-'));
    const spec = `lmdb:${directory}`;
    await (await openStore(spec, { lock: createLock() })).close();
    const path = join(directory, 'data.mdb');
    const bytes = await readFile(path);
    const mark = Buffer.from([0xde, 0xc0, 0xef, 0xbe]);
    for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + 1)) {
      bytes.writeUInt32LE(bytes.readUInt32LE(at + 4) + 1, at + 4);
    }
    await writeFile(path, bytes);
    await assert.rejects(openStore(spec, { lock: createLock() }), /lmdb's format 3, and this NumStore reads/);
    await rm(directory, { recursive: true });
  });
});

describe('lmdb scan:', () => {
  const keys = 5500;

  /** A file with the keys 0000, 0001, ... that all have the value 1. */
  function fileOf(count: number, onPage: () => void): LmdbFile {
    const all = Array.from({ length: count }, (_, index) => ({
      key: parseKey(String(index).padStart(4, '0')),
      value: 1n,
    }));
    const unused = (): never => assert.fail('a scan only reads');
    return {
      get: unused,
      assertInPlace: unused,
      commit: unused,
      copyTo: unused,
      close: unused,
      ledger: () => ({ keys: count, total: BigInt(count), revision: 1n }),
      page({ key, inclusive }, size) {
        onPage();
        return all.filter((entry) => entry.key > key || (inclusive && entry.key === key)).slice(0, size);
      },
    };
  }

  function progressOf(msPerPage: number): Progress[] {
    const told: Progress[] = [];
    let clock = 0;
    const file = fileOf(keys, () => {
      clock += msPerPage;
    });
    scan(file, { onProgress: (progress) => told.push(progress), now: () => clock });
    return told;
  }

  it('one that takes longer than two seconds tells how far it is, about every two seconds', () => {
    const told = progressOf(1000);
    assert.deepEqual(told, [
      { keys: 2000, of: keys },
      { keys: 4000, of: keys },
    ]);
  });

  it('one that takes less tells nothing', () => {
    assert.deepEqual(progressOf(100), []);
  });
});
