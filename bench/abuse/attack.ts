/** One way of abusing a server, bounded in what it sends and how long it takes. */
export interface Attack {
  readonly name: string;
  /** What it sends, in words, when `share` is 1. */
  readonly what: string;
  /**
   * Does it to the server on `port` of the loopback interface.
   * @param share how much of it, at most 1
   * @returns what came of it, in words; all its connections are closed
   */
  run(port: number, share: number): Promise<string>;
}

/** How long to wait for what a server does by itself: an attack of which there is little is no occasion for patience. */
export function patience(ms: number, share: number): number {
  return ms * Math.max(share, 0.05);
}
