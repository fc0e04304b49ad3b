import { patience } from '../attack.ts';
import { Peer, summary } from '../peer.ts';

const attackMs = 3_000;
const closeWithinMs = 1_000;
/** Connections that are open at the same time. */
const connections = 20;

/** The same pieces over `connections` connections at once, each sent until it is cut off. */
export async function fromMany(
  port: number,
  share: number,
  most: number,
  piece: (index: number) => Buffer,
  before: readonly Buffer[] = [],
): Promise<string> {
  const each = Math.ceil((most * share) / connections);
  const peers = await Promise.all(Array.from({ length: connections }, () => Peer.open(port)));
  const sent = await Promise.all(
    peers.map(async (peer) => {
      await peer.send(...before);
      const pieces = await peer.flood(each, piece, attackMs);
      await peer.closed(patience(closeWithinMs, share));
      return pieces;
    }),
  );
  const outcome = `${sent.reduce((sum, pieces) => sum + pieces, 0)} sent; ${summary(peers)}`;
  for (const peer of peers) peer.destroy();
  return outcome;
}
