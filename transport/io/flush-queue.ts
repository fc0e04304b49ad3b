/** What a connection does at the end of a turn of the event loop. */
export interface TurnEnd {
  /** Everything that the turn had to say has been said. */
  onTurnEnd(): void;
}

/** Those who asked for the end of this turn, in order. */
let waiting: TurnEnd[] = [];

/**
 * Calls `onTurnEnd` when everything that arrived in this turn, on all connections, has been read, and all promises
 * that it settled have been heard: handlers that only took a lock have answered by then. So each connection writes
 * once per turn, and all writes follow one another: a peer is woken up once, and not for each answer. Ask once.
 */
export function atTurnEnd(owner: TurnEnd): void {
  if (waiting.push(owner) === 1) setImmediate(endTurn);
}

function endTurn(): void {
  const owners = waiting;
  waiting = [];
  for (const owner of owners) owner.onTurnEnd();
}
