/** A connection with more received bytes than may be read at once. */
export interface ScheduledReader {
  /** What it has not read, in bytes of ordinary calls that cost as much. */
  readonly workLeft: number;
  /**
   * Reads about `work`, which may be 0, or about `workRefused` if it refuses the calls in it, and
   * stops at `endAt` on the process's clock. A spared connection refuses none. Returns whether it
   * refused, and whether bytes are left.
   */
  readSlice(
    work: number,
    workRefused: number,
    isSpared: boolean,
    endAt: number,
  ): { readonly hasMore: boolean; readonly isRefused: boolean };
}

/**
 * How long one turn of the event loop may read backlogs, in milliseconds. Small reads wait no
 * longer.
 */
const readingMs = 1;

/**
 * After a longer turn than the maximum, the next one reads less. After a shorter one than the
 * minimum, the next one reads more. In milliseconds.
 */
const turnMsMax = 2;
const turnMsMin = 1;
/** Less and more by these factors: the cost of calls may show a turn or two after they are read. */
const decrease = 1 / 2;
const increase = 21 / 20;
/** The size of one call, and what takes a fraction of a turn when calls are cheapest. */
const turnBytesMin = 64;
const turnBytesMax = 32_768;

/**
 * Bytes read of one connection before the next one's slice. Alone, a connection gets twice that.
 */
const sliceBytes = 4_096;
/** Bytes read when calls are refused: that costs a fraction of serving them. */
const refusedBytes = 16_384;
/** A connection is spared while its backlog is under this share of the largest. */
const sparedShare = 1 / 8;
/**
 * Minimum bytes read per turn from a connection that is spared: else its backlog grows, and it is
 * not.
 */
const sparedBytesMin = 512;

/** Connections with a backlog. */
let waiting: ScheduledReader[] = [];
/** Bytes of backlogs that one turn may read, and as many again at once. */
let turnBytes = turnBytesMax;
/** When this turn began. Undefined while turns are not measured. */
let turnSince: number | undefined;
/** The same for a turn that reads at once, and the bytes that it still may. */
let atOnceSince: number | undefined;
let atOnceBytesLeft = turnBytes;

/**
 * Calls `readSlice` in the turns to come, until no bytes are left. Connections with smaller
 * backlogs come first, so a peer that sends without pause gets the time that the others
 * leave. A reader that is scheduled must not be scheduled again.
 */
export function scheduleRead(reader: ScheduledReader): void {
  waiting.push(reader);
  watchTurns(performance.now());
}

/** Whether recent turns have been short. */
export function isCalm(): boolean {
  return turnBytes === turnBytesMax;
}

/** Whether `bytes` may be read at once in this turn. If so they count as read. */
export function tryReadAtOnce(bytes: number): boolean {
  if (bytes > Math.min(atOnceBytesLeft, turnBytes, 2 * sliceBytes)) return false;
  atOnceBytesLeft -= bytes;
  if (atOnceSince === undefined) {
    atOnceSince = performance.now();
    setImmediate(endAtOnce);
  }
  return true;
}

function endAtOnce(): void {
  if (atOnceBytesLeft < turnBytes / 2) watchTurns(atOnceSince ?? performance.now());
  atOnceSince = undefined;
  atOnceBytesLeft = turnBytes;
}

/**
 * Measures turns from now on. An immediate in each turn keeps the event loop from waiting: all time
 * is work.
 */
function watchTurns(since: number): void {
  if (turnSince !== undefined) return;
  turnSince = since;
  setImmediate(readSlices);
}

function readSlices(): void {
  const now = performance.now();
  const tookMs = now - (turnSince ?? now);
  turnSince = now;
  if (tookMs > turnMsMax) turnBytes = Math.max(turnBytesMin, turnBytes * decrease);
  const served = readFor(now + readingMs);
  // Only an allowance that was used has proved to be small enough.
  if (tookMs < turnMsMin && served >= turnBytes) turnBytes = Math.min(turnBytesMax, turnBytes * increase);
  // Calls cost most after they are read, so turns are measured while they are long.
  if (waiting.length > 0 || served > 0 || tookMs > turnMsMin) setImmediate(readSlices);
  else turnSince = undefined;
}

/** Reads what this turn may read. Returns about how many bytes of it hold calls that are served. */
function readFor(endAt: number): number {
  const inTurn = waiting.sort((a, b) => a.workLeft - b.workLeft);
  waiting = [];
  const sparedWork = sparedShare * (inTurn.at(-1)?.workLeft ?? 0);
  let served = 0;
  for (const reader of inTurn) {
    if (performance.now() >= endAt) {
      waiting.push(reader);
      continue;
    }
    const isSpared = reader.workLeft < sparedWork;
    const bytes = Math.max(Math.min(turnBytes - served, sliceBytes), isSpared ? sparedBytesMin : 0);
    const { hasMore, isRefused } = reader.readSlice(bytes, refusedBytes, isSpared, endAt);
    if (hasMore) waiting.push(reader);
    if (!isRefused) served += bytes;
  }
  return served;
}
