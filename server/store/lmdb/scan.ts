import { compareBytes } from '../byte-order.ts';
import type { Ledger } from '../ledger.ts';
import type { Position } from '../listing.ts';
import type { LmdbFile } from './file.ts';
import { corrupt } from './format.ts';

/** Few calls into lmdb, yet no large arrays. */
const pageEntries = 1000;

/**
 * Reads every entry and compares with the ledger.
 * @throws NumStoreError STORE_CORRUPT at the first contradiction
 */
export function scan(file: LmdbFile): Ledger {
  const ledger = file.ledger();
  let keys = 0;
  let total = 0n;
  let from: Position = { key: '', inclusive: true };
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
  }
  if (keys !== ledger.keys) throw corrupt(`it records ${ledger.keys} keys and holds ${keys}`);
  if (total !== ledger.total)
    throw corrupt(`it records the total ${ledger.total}, and its values sum to ${total}`);
  return ledger;
}
