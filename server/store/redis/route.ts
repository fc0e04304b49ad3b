import { type Address, describeAddress, type RedisPlace } from '../redis-place.ts';
import type { Send } from './channel.ts';
import { type Access, connectClient, errorCode } from './client.ts';
import { describeFailure } from './faults.ts';

/** Where the master of our keys may be. */
export interface Route {
  /** The addresses to try, the likeliest first. @throws Error if no sentinel knows the master */
  candidates(): Promise<readonly Address[]>;
  /** Learns the nodes of the cluster from one of them: any of them says where the keys are. */
  learn(send: Send, from: Address): Promise<void>;
  /** The master of now, where there are sentinels to ask. */
  master(): Promise<Address | undefined>;
}

/** @param connectMsMax how long a connection to a sentinel may take by now */
export function createRoute(place: RedisPlace, access: Access, connectMsMax: () => number): Route {
  const { hosts, masterName } = place;
  let nodes: readonly Address[] = [];
  const master = async (): Promise<Address | undefined> =>
    masterName === undefined ? undefined : askSentinels(hosts, masterName, access, connectMsMax());
  return {
    master,
    async candidates() {
      const found = await master();
      return found === undefined ? distinct([...nodes, ...hosts]) : [found];
    },
    async learn(send, from) {
      nodes = distinct([from, ...readNodes(await send(['CLUSTER', 'SLOTS']), from)]);
    },
  };
}

function distinct(addresses: readonly Address[]): readonly Address[] {
  return [...new Map(addresses.map((address) => [describeAddress(address), address])).values()];
}

/** Lists of a slot, another slot, and the nodes: master first, then replicas, each by host and port. */
function readNodes(reply: unknown, from: Address): readonly Address[] {
  if (!Array.isArray(reply)) return [];
  return reply.flatMap((range: unknown) => {
    if (!Array.isArray(range)) return [];
    return range.slice(2).flatMap((node: unknown) => {
      if (!Array.isArray(node)) return [];
      const [host, port]: unknown[] = node;
      // A node that does not know its own address names none.
      return { host: typeof host === 'string' && host !== '' ? host : from.host, port: Number(port) };
    });
  });
}

/** The address that most sentinels name: one that was cut off may still name the last master. */
async function askSentinels(
  sentinels: readonly Address[],
  name: string,
  access: Access,
  connectMsMax: number,
): Promise<Address> {
  const answers = await Promise.allSettled(
    sentinels.map((sentinel) => askSentinel(sentinel, name, access, connectMsMax)),
  );
  const votes = new Map<string, { readonly address: Address; count: number }>();
  const reasons: string[] = [];
  for (const answer of answers) {
    if (answer.status === 'rejected') {
      reasons.push(String(answer.reason.message));
      continue;
    }
    const address = answer.value;
    const vote = votes.get(describeAddress(address)) ?? { address, count: 0 };
    vote.count += 1;
    votes.set(describeAddress(address), vote);
  }
  const [most] = [...votes.values()].toSorted((a, b) => b.count - a.count);
  if (most === undefined) throw new Error(`no sentinel names the master: ${reasons.join('; ')}`);
  return most.address;
}

async function askSentinel(
  sentinel: Address,
  name: string,
  access: Access,
  connectMsMax: number,
): Promise<Address> {
  const ask = async (credentials: Access['credentials']): Promise<unknown> => {
    const bare = { ...access, database: 0, credentials };
    const client = await connectClient(sentinel, bare, connectMsMax, () => undefined);
    try {
      return await client.send(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]);
    } finally {
      client.destroy();
    }
  };
  const { username, password, ...files } = access.credentials();
  try {
    // Most sentinels have no password, and refuse one that they do not know.
    const reply = await ask(() => files).catch((error: unknown) => {
      if (errorCode(error) !== 'NOAUTH' && errorCode(error) !== 'NOPERM') throw error;
      return ask(access.credentials);
    });
    if (!Array.isArray(reply)) throw new Error(`it knows no master by the name ${name}`);
    const [host, port]: unknown[] = reply;
    return { host: String(host), port: Number(port) };
  } catch (error) {
    throw new Error(describeFailure(error, sentinel), { cause: error });
  }
}
