/**
 * The rounds: every client against every server, started anew each time, in an order that changes
 * by the round.
 */
import { type Client, type ClientName, type Run, runClient, timeTsxAlone } from './clients.ts';
import { type Contestant, startFresh } from './servers.ts';

/**
 * What was measured of one client on one server; one entry for each round, the rounds of all pairs
 * belong together.
 */
export interface Pair {
  readonly server: string;
  readonly client: ClientName;
  /** The first run on a server. */
  readonly cold: Run[];
  /** The second run on the same server. */
  readonly warm: Run[];
  /** The run after `hotAfter` others on the same server, where it was made. */
  readonly hot: Run[];
}

export interface Measured {
  /** Runs on a server of ours before the one that counts as hot. */
  readonly hotAfter: number;
  readonly pairs: readonly Pair[];
  /** Milliseconds until a server listens, one for each start. */
  readonly starts: ReadonlyMap<string, readonly number[]>;
  /** Milliseconds of `npx tsx -e 0`, one for each round. */
  readonly tsxAlone: readonly number[];
  /** The pairs whose runs were repeated on a new server, because the client had failed. */
  readonly repeats: readonly string[];
}

/**
 * The client that looks at ours when they are hot: its own start disturbs its figures least.
 */
const hotClient: ClientName = 'python';

export interface RoundsOptions {
  readonly contestants: readonly Contestant[];
  readonly clients: readonly Client[];
  readonly rounds: number;
  /** Runs on a server of ours before the one that counts as hot. */
  readonly hotAfter: number;
  /** Called before each step. */
  readonly onStep: (text: string) => void;
}

export async function measureRounds(options: RoundsOptions): Promise<Measured> {
  const { contestants, clients, rounds, hotAfter, onStep } = options;
  const lanes = clients.map((client) => ({
    client,
    pairs: contestants.map((contestant) => ({ contestant, pair: emptyPair(contestant, client) })),
  }));
  const starts = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  const tsxAlone: number[] = [];
  const repeats: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const prefix = `round ${round + 1} of ${rounds}:`;
    onStep(`${prefix} tsx alone`);
    tsxAlone.push(await timeTsxAlone());
    // Another client and another server go first each time.
    for (const { client, pairs } of rotate(lanes, round)) {
      for (const { contestant, pair } of rotate(pairs, round)) {
        onStep(`${prefix} ${client.name} on ${contestant.name}`);
        starts.get(contestant.name)?.push(await measurePair(contestant, client, pair, { hotAfter, repeats }));
      }
    }
  }
  const pairs = lanes.flatMap((lane) => lane.pairs.map(({ pair }) => pair));
  return { hotAfter, pairs, starts, tsxAlone, repeats };
}

function emptyPair({ name }: Contestant, client: Client): Pair {
  return { server: name, client: client.name, cold: [], warm: [], hot: [] };
}

/** The list from `by` on, and then what came before. */
function rotate<T>(list: readonly T[], by: number): readonly T[] {
  const first = by % Math.max(1, list.length);
  return [...list.slice(first), ...list.slice(0, first)];
}

/** A client of grpcio 1.51 fails to connect in 1 to 2 % of its runs, with an error of its own. */
const attemptsMax = 3;

/** Measures one pair on a server of its own; how long that took to start. */
async function measurePair(
  contestant: Contestant,
  client: Client,
  pair: Pair,
  { hotAfter, repeats }: { readonly hotAfter: number; readonly repeats: string[] },
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { cold, warm, hot, startMs } = await measureOnce(contestant, client, hotAfter);
      pair.cold.push(cold);
      pair.warm.push(warm);
      pair.hot.push(...hot);
      return startMs;
    } catch (error) {
      const what = `${client.name} on ${contestant.name}`;
      if (attempt === attemptsMax) throw new Error(`${what} failed`, { cause: error });
      repeats.push(what);
    }
  }
}

async function measureOnce(contestant: Contestant, client: Client, hotAfter: number) {
  const server = await startFresh(contestant);
  try {
    const run = (): Promise<Run> => runClient(client, server.port);
    const [cold, warm] = [await run(), await run()];
    const hot: Run[] = [];
    if (contestant.kind === 'ours' && client.name === hotClient) {
      for (let done = 2; done < hotAfter; done++) await run();
      hot.push(await run());
    }
    return { cold, warm, hot, startMs: server.startMs };
  } finally {
    await server.close();
  }
}
