import { compareBytes } from '../byte-order.ts';
import type { Ledger } from '../ledger.ts';
import type { Position } from '../listing.ts';
import type { LmdbFile } from './file.ts';
import { corrupt } from './format.ts';

/** Few calls into lmdb, yet no large arrays. */
const pageEntries = 1000;

/** How often a scan tells how far it is. */
const progressMs = 2000;

/** How far a scan is. */
export interface Progress {
  readonly keys: number;
  /** How many there are. */
  readonly of: number;
}

interface ScanOptions {
  /** Called every two seconds. */
  readonly onProgress: (progress: Progress) => void;
  /** The clock, in milliseconds. @default performance.now */
  readonly now?: () => number;
}

/**
 * Reads every entry and compares with the ledger.
 * @throws NumStoreError STORE_CORRUPT at the first contradiction
 */
export function scan(file: LmdbFile, { onProgress, now = () => performance.now() }: ScanOptions): Ledger {
  const ledger = file.ledger();
  let keys = 0;
  let total = 0n;
  let from: Position = { key: '', inclusive: true };
  let toldAt = now();
  for (;;) {
    const page = file.page(from, pageEntries);
    for (const { key, value } of page) {
      // Damaged pages can lead round in circles: order proves that the scan moves on.
      if (keys > 0 && compareBytes(from.key, key) >= 0) throw corrupt('its keys are out of order');
      from = { key, inclusive: false };
      keys += 1;
      total += value;
    }
    if (page.length < pageEntries) break;
    if (now() - toldAt < progressMs) continue;
    toldAt = now();
    onProgress({ keys, of: ledger.keys });
  }
  if (keys !== ledger.keys) throw corrupt(`it records ${ledger.keys} keys and holds ${keys}`);
  if (total !== ledger.total)
    throw corrupt(`it records the total ${ledger.total}, and its values sum to ${total}`);
  return ledger;
}
