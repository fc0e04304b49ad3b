import {
  type AnyFlag,
  choiceFlag,
  deadlineFlag,
  fileFlag,
  helpFlag,
  integerFlag,
  optionalIntegerFlag,
  switchFlag,
} from '../cli/flags.ts';
import { renderFlags } from '../cli/help.ts';
import { securityFlags } from '../cli/security-flags.ts';
import { hostFlag, readTarget, type ServerWords } from '../cli/server-flags.ts';
import { unknownFlags, type Words } from '../cli/tokens.ts';
import { durationFlag, mixFlag, valuesFlag } from './flag-values.ts';
import { keysMax, operationsMax } from './run/history-plan.ts';
import { clientNames, type LoadPlan } from './run/plan.ts';

/** A run of the load: see `runLoadCommand`. */
export interface LoadCommand extends ServerWords, Omit<LoadPlan, 'servers' | 'seed' | 'rawSamplesMax'> {
  readonly kind: 'load';
  /** whether it is the exercise's run; else it is the load tester's */
  readonly isExercise: boolean;
  /** undefined: draw one */
  readonly seed: number | undefined;
  /** where to write figures, raw samples and the page, if anywhere */
  readonly json: string | undefined;
  readonly csv: string | undefined;
  readonly html: string | undefined;
  /** whether the run is recorded and judged */
  readonly verify: boolean;
  /** whether the server was empty and idle before, and nobody else uses it */
  readonly isFresh: boolean;
}

const connectionsDefault = 8;

/** The flags of every run. */
const flags = {
  host: { ...hostFlag, operand: 'HOST' },
  threads: integerFlag('threads', { min: 1, max: 256, fallback: 8 }, 'threads, each with a connection'),
  requests: integerFlag('requests', { min: 1, max: 1_000_000, fallback: 100 }, 'requests of each thread'),
  keys: integerFlag('keys', { min: 1, max: 1_000_000, fallback: 100 }, 'how many different keys'),
  seed: optionalIntegerFlag(
    'seed',
    { min: 0, max: Number.MAX_SAFE_INTEGER },
    'same seed, same requests',
    'a fresh one, printed in the report',
  ),
  json: fileFlag('json', 'write all figures as JSON, too'),
  timing: switchFlag('timing', 'ask the server where its time went, and report p50 and p99 of each part'),
  client: choiceFlag(
    'client',
    clientNames,
    'NAME',
    'light: connections that cost little; grpc-js: the typed client, which shows what a client\nlibrary costs',
  ),
  verify: switchFlag(
    'verify',
    'set all keys first, record every answer, read everything back, and judge whether one order explains it\nall; works with the flags below, too, and with any server of the exercise',
  ),
  fresh: switchFlag(
    'fresh',
    'with --verify: the server is empty, and nobody else uses it, which lets more be judged',
  ),
  help: helpFlag,
};

/** Any of these makes the exercise's run one of the load tester. */
const testerFlags = {
  duration: durationFlag(
    'duration',
    'send for so long: 30, 30s, 500ms, 5m',
    '10s, or until --requests of each thread are sent',
  ),
  warmup: durationFlag('warmup', 'send, but do not measure, before that', '0'),
  connections: integerFlag(
    'connections',
    { min: 1, max: 10_000, fallback: connectionsDefault },
    'connections of all threads together',
  ),
  inFlight: integerFlag(
    'in-flight',
    { min: 1, max: 10_000, fallback: 1 },
    'calls at once on each connection',
  ),
  rate: optionalIntegerFlag(
    'rate',
    { min: 1, max: 10_000_000 },
    'open loop: N calls per second, due at even distances whatever the server does; response\ntime counts from when a call was due. Without it, a call is sent when one has ended.',
  ),
  mix: mixFlag,
  values: valuesFlag,
  distribution: choiceFlag(
    'distribution',
    ['uniform', 'zipf'],
    'D',
    'uniform, or zipf: few keys come most often',
  ),
  csv: fileFlag('csv', "write each call's times, too"),
  html: fileFlag('html', 'write a page with charts, too'),
  deadline: deadlineFlag(10_000, 'give a call up after so long'),
};
/** With a flag of the load tester, `--requests` has no default, and a run may be far longer. */
const testerRequests = optionalIntegerFlag('requests', { min: 1, max: 1_000_000_000 }, flags.requests.help);

/** The flags of a run. */
export const loadFlags: readonly AnyFlag[] = [
  ...Object.values(testerFlags),
  ...Object.values(flags),
  ...securityFlags,
];

/** What --help says of the flags of every run. */
export const runHelp = `Flags
${renderFlags(Object.values(flags), { nameWidth: 19, textWidth: 34 })}`;

/** What --help says of the flags of the load tester. */
export const loadTesterHelp = `Load tester: any of these flags makes the run one of the load tester, of any length
${renderFlags(Object.values(testerFlags), { nameWidth: 23, textWidth: 38 })}With them, --threads is 1 unless it is given, and the other flags above mean the same.
`;

/** Each call that may be under way has its place, some hundred bytes, from the beginning. */
const callsAtOnceMax = 1_000_000;
/** The exercise's run keeps every response time, 17 bytes each: its percentiles are exact. */
const exerciseRequestsMax = 10_000_000;
const durationDefaultMs = 10_000;
const testerThreadsDefault = 1;

/** Reads `TARGET [flags]`: the exercise's run, or with a flag of the load tester one of those. */
export function readLoad(words: Words, faults: string[]): LoadCommand {
  const isExercise = !Object.values(testerFlags).some(({ name }) => words.flags.has(name));
  faults.push(...unknownFlags(words, loadFlags));
  const [first, ...rest] = words.positionals;
  for (const word of rest) faults.push(`${JSON.stringify(word)}: expected nothing after TARGET but flags`);
  const threads = flags.threads.read(words, faults, isExercise ? undefined : testerThreadsDefault);
  const requests = (isExercise ? flags.requests : testerRequests).read(words, faults) ?? null;
  const keys = flags.keys.read(words, faults);
  const connectionsUsual = isExercise ? threads : Math.max(connectionsDefault, threads);
  const command: LoadCommand = {
    kind: 'load',
    isExercise,
    ...readTarget(first, words, faults),
    threads,
    connections: testerFlags.connections.read(words, faults, connectionsUsual),
    inFlight: testerFlags.inFlight.read(words, faults),
    rate: testerFlags.rate.read(words, faults) ?? null,
    warmupMs: testerFlags.warmup.read(words, faults) ?? 0,
    durationMs: testerFlags.duration.read(words, faults) ?? (requests === null ? durationDefaultMs : null),
    requests,
    mix: testerFlags.mix.read(words, faults),
    ...testerFlags.values.read(words, faults),
    keys,
    distribution: testerFlags.distribution.read(words, faults),
    seed: flags.seed.read(words, faults),
    deadlineMs: testerFlags.deadline.read(words, faults),
    isTimed: flags.timing.read(words, faults),
    client: flags.client.read(words, faults),
    json: flags.json.read(words, faults),
    csv: testerFlags.csv.read(words, faults),
    html: testerFlags.html.read(words, faults),
    verify: flags.verify.read(words, faults),
    isFresh: flags.fresh.read(words, faults),
  };
  faults.push(...faultsOfVerify(command), ...faultsOf(command));
  return command;
}

/** What no flag is wrong in alone. */
function faultsOf(command: LoadCommand): readonly string[] {
  const { isExercise, threads, connections, inFlight, requests, verify, warmupMs } = command;
  const faults: string[] = [];
  if (verify && warmupMs > 0) faults.push('--verify: expected no --warmup beside it');
  const atOnce = connections * inFlight;
  if (atOnce > callsAtOnceMax) {
    faults.push(
      `--connections x --in-flight: expected at most ${callsAtOnceMax} calls at once, got ${atOnce}`,
    );
  }
  if (connections < threads) {
    faults.push(`--connections: expected at least one for each thread, ${threads}, got ${connections}`);
  }
  const all = threads * (requests ?? 0);
  if (isExercise && all > exerciseRequestsMax) {
    faults.push(`--threads x --requests: expected at most ${exerciseRequestsMax} in all, got ${all}`);
  }
  return faults;
}

/** The same of `--verify` and `--fresh`; the calls are known as far as `--requests` says. */
function faultsOfVerify({ verify, isFresh, keys, threads, requests }: LoadCommand): readonly string[] {
  const faults: string[] = [];
  if (isFresh && !verify) faults.push('--fresh: expected --verify beside it');
  if (verify && keys > keysMax) {
    faults.push(`--keys: expected at most ${keysMax} with --verify, which sets and reads each, got ${keys}`);
  }
  const calls = threads * (requests ?? 0);
  if (verify && calls > operationsMax) {
    faults.push(
      `--threads x --requests: expected at most ${operationsMax} in all with --verify, got ${calls}`,
    );
  }
  return faults;
}
