/**
 * The memory of the engine: one arena that grows upwards. Everything taken after a `mark` is given back by one
 * `release`; nothing is freed singly. WebAssembly memory never shrinks: the host drops the instance instead.
 */
import { poll } from './host';

const ALIGNMENT: usize = 64;
const PAGE: usize = 65536;
/** Units of work (about a nanosecond each) between two looks at the flag of cancellation. */
const WORK_PER_POLL: i32 = 500000;

let top: usize = 0;
let work: i32 = 0;

/** Bytes from here upwards are free. */
export function mark(): usize {
  return top;
}

/** Gives back everything reserved since the mark was taken. */
export function release(to: usize): void {
  top = to;
}

/** Takes `bytes` bytes, 64-byte aligned, contents undefined; traps when 4 GiB cannot hold them. */
export function reserve(bytes: usize): usize {
  const start = (top + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
  const end = (start as u64) + (bytes as u64) + (ALIGNMENT as u64);
  const have = (memory.size() as u64) << 16;
  if (end > have) {
    const pages = (end - have + (PAGE as u64) - 1) >> 16;
    if (pages > 65536 || memory.grow(pages as i32) < 0) unreachable();
    // Growing by hundreds of megabytes takes milliseconds.
    tick(WORK_PER_POLL);
  }
  top = end as usize;
  return start;
}

/**
 * Room for a number of `limbs` 32-bit limbs, with the zeros around it that the digit loader reads: 16 bytes below
 * (written here), 32 above (written by `seal` once the length is known).
 */
export function reserveNumber(limbs: i32): usize {
  const start = reserve(((limbs as usize) << 2) + 64) + 16;
  memory.fill(start - 16, 0, 16);
  return start;
}

/** Writes the zeros above a number whose length is final. */
export function seal(at: usize, limbs: i32): void {
  memory.fill(at + ((limbs as usize) << 2), 0, 32);
}

/** Counts work done and looks at the flag of cancellation about twice a millisecond; the host's `poll` may throw. */
export function tick(units: i32): void {
  work += units;
  if (work >= WORK_PER_POLL) {
    work = 0;
    poll();
  }
}
