import type { ServerAddress } from '../../api/address.ts';

/** The RPCs that the load can send. */
export const rpcNames = ['SetNum', 'Fact', 'GetNum', 'AddNum', 'DeleteNum'] as const;
export type RpcName = (typeof rpcNames)[number];

/** How often keys come: all equally, or the r-th of them in proportion to r^-0.99. */
export type KeyDistribution = 'uniform' | 'zipf';

/** Which requests are sent. */
export interface Workload {
  /** a non-negative safe integer: the same seed, the same requests */
  readonly seed: number;
  /** how many possible keys */
  readonly keys: number;
  readonly distribution: KeyDistribution;
  /** the weight of each RPC; those that are missing are not sent */
  readonly mix: Readonly<Partial<Record<RpcName, number>>>;
  /** what SetNum stores and AddNum adds: from .. to, each equally likely */
  readonly valueMin: number;
  readonly valueMax: number;
}

/** What sends the calls of a thread: light connections of our transport, or the typed client of grpc-js. */
export const clientNames = ['light', 'grpc-js'] as const;
export type ClientName = (typeof clientNames)[number];

/** One run of the load. */
export interface LoadPlan extends Workload {
  /** connections go round them */
  readonly servers: readonly ServerAddress[];
  readonly threads: number;
  /** connections of all threads together */
  readonly connections: number;
  /** calls under way at once on each connection */
  readonly inFlight: number;
  /** calls per second of all threads together (open loop); null: each as soon as one has ended (closed loop) */
  readonly rate: number | null;
  readonly warmupMs: number;
  /** null: until `requests` have been sent */
  readonly durationMs: number | null;
  /** measured requests of each thread; null: until `durationMs` is over */
  readonly requests: number | null;
  readonly deadlineMs: number;
  /** whether to ask the server where its time went */
  readonly isTimed: boolean;
  readonly client: ClientName;
  /** how many raw samples each thread keeps */
  readonly rawSamplesMax: number;
}

/** One of the possible keys: `key-0`, `key-1`, ... No thread holds a list of them: there may be a million. */
export function keyName(number: number): string {
  return `key-${number}`;
}

/** The list of possible keys. */
export function createKeys(count: number): readonly string[] {
  return Array.from({ length: count }, (_, number) => keyName(number));
}
