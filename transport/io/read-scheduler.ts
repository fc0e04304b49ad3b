/** Who has received more than a little at once. */
export interface PieceReader {
  /** How much it has not dealt with. */
  readonly bytesLeft: number;
  /**
   * Deals with about `bytes` of it, which may be none, or with about `bytesRefused` if it only refuses what they ask
   * for, which it may not if it is spared; answers which, and whether to be called again.
   */
  readPiece(
    bytes: number,
    bytesRefused: number,
    isSpared: boolean,
  ): { readonly hasMore: boolean; readonly isRefused: boolean };
}

/** How long one turn of the event loop may read for them all together: those who ask for little wait no longer. */
const readingMs = 1;

/** After a turn that took longer, whatever for, less is read in the next, and after a shorter one more. */
const turnMsMax = 2;
const turnMsMin = 1;
/** Less by this factor, and more by this one: what calls cost may show a turn or two after they were read. */
const decrease = 1 / 2;
const increase = 21 / 20;
/** A call, and what takes a fraction of a turn where calls are the cheapest. */
const turnBytesMin = 64;
const turnBytesMax = 32_768;

/** What is read of one before it is the turn of another, and twice that at once of who comes alone. */
const pieceBytes = 4_096;
/** To refuse costs a fraction of what it costs to serve. */
const refusedBytes = 16_384;
/** Who has less than this share of what another has waits for the other's sake, and is not refused for it. */
const sparedShare = 1 / 8;
/** So much is read of him in any turn, however long turns are: else what he sends meanwhile would soon be no little. */
const sparedBytesMin = 512;

/** Those who have something left. */
let waiting: PieceReader[] = [];
/** What may be read in one turn of what was put off, and as much again at once. */
let turnBytes = turnBytesMax;
/** Since when this turn has lasted, as long as turns are looked at. */
let turnSince: number | undefined;
/** The same for a turn in which something was read at once, and what may be still. */
let promptSince: number | undefined;
let promptLeft = turnBytes;

/**
 * Calls `readPiece` in the turns to come until it has no more, in turns with all others who asked, those with less first:
 * so a peer that sends without pause gets what is left of the time, and not the others' share. Ask once.
 */
export function readInPieces(reader: PieceReader): void {
  waiting.push(reader);
  lookAtTurns(performance.now());
}

/** Whether turns have been short of late, whatever was read. */
export function isCalm(): boolean {
  return turnBytes === turnBytesMax;
}

/** Whether so many bytes may be read at once in this turn, which then count as read. */
export function takePromptly(bytes: number): boolean {
  if (bytes > Math.min(promptLeft, turnBytes, 2 * pieceBytes)) return false;
  promptLeft -= bytes;
  if (promptSince === undefined) {
    promptSince = performance.now();
    setImmediate(endPromptly);
  }
  return true;
}

function endPromptly(): void {
  if (promptLeft < turnBytes / 2) lookAtTurns(promptSince ?? performance.now());
  promptSince = undefined;
  promptLeft = turnBytes;
}

/** While turns are looked at, the event loop does not wait for anything: all that passes is work. */
function lookAtTurns(since: number): void {
  if (turnSince !== undefined) return;
  turnSince = since;
  setImmediate(readPieces);
}

function readPieces(): void {
  const now = performance.now();
  const tookMs = now - (turnSince ?? now);
  turnSince = now;
  if (tookMs > turnMsMax) turnBytes = Math.max(turnBytesMin, turnBytes * decrease);
  const served = readFor(now + readingMs);
  // Only what was made use of has proved to be no more than can be served.
  if (tookMs < turnMsMin && served >= turnBytes) turnBytes = Math.min(turnBytesMax, turnBytes * increase);
  // Calls cost most after they have been read: the turns are looked at for as long as they are long.
  if (waiting.length > 0 || served > 0 || tookMs > turnMsMin) setImmediate(readPieces);
  else turnSince = undefined;
}

/** Reads what may be read in this turn; answers about how many bytes of calls that are served. */
function readFor(endAt: number): number {
  const inTurn = waiting.sort((a, b) => a.bytesLeft - b.bytesLeft);
  waiting = [];
  const sparedBytes = sparedShare * (inTurn.at(-1)?.bytesLeft ?? 0);
  let served = 0;
  for (const reader of inTurn) {
    if (performance.now() >= endAt) {
      waiting.push(reader);
      continue;
    }
    const isSpared = reader.bytesLeft < sparedBytes;
    const bytes = Math.max(Math.min(turnBytes - served, pieceBytes), isSpared ? sparedBytesMin : 0);
    const { hasMore, isRefused } = reader.readPiece(bytes, refusedBytes, isSpared);
    if (hasMore) waiting.push(reader);
    if (!isRefused) served += bytes;
  }
  return served;
}
