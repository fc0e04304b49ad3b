import {
  portRule,
  readChoice,
  readDeadline,
  readFile,
  readInteger,
  readIntegerFlag,
  readSwitch,
} from '../cli/readers.ts';
import { readServerAt, type ServerWords, serverFlags } from '../cli/server-flags.ts';
import { type FlagName, unknownFlags, type Words } from '../cli/tokens.ts';
import { readDurationMs, readMix, readValueRange } from './flag-values.ts';
import { clientNames, type LoadPlan } from './run/plan.ts';
import { readVerify, type VerifyWords } from './verify/flags.ts';

/** A run of the load: see `runLoadCommand`. */
export interface LoadCommand
  extends ServerWords,
    VerifyWords,
    Omit<LoadPlan, 'servers' | 'seed' | 'rawSamplesMax'> {
  readonly kind: 'load';
  /** whether it is the exercise's run; else it is the load tester's */
  readonly isExercise: boolean;
  /** undefined: draw one */
  readonly seed: number | undefined;
  /** where to write figures, raw samples and the page, if anywhere */
  readonly json: string | undefined;
  readonly csv: string | undefined;
  readonly html: string | undefined;
}

/** The flags of every run. */
const runFlags = [
  ...serverFlags,
  'threads',
  'requests',
  'keys',
  'seed',
  'json',
  'timing',
  'client',
  'verify',
  'fresh',
] as const satisfies readonly FlagName[];

/** Any of these makes the exercise's run one of the load tester. */
const testerFlags = [
  'duration',
  'warmup',
  'connections',
  'in-flight',
  'rate',
  'mix',
  'values',
  'distribution',
  'csv',
  'html',
  'deadline-ms',
] as const satisfies readonly FlagName[];

const threadsRule = { min: 1, max: 256 };
const keysRule = { min: 1, max: 1_000_000 };
const seedRule = { min: 0, max: Number.MAX_SAFE_INTEGER };
const connectionsRule = { min: 1, max: 10_000 };
const inFlightRule = { min: 1, max: 10_000 };
/** Each call that may be under way has its place, some hundred bytes, from the beginning. */
const callsAtOnceMax = 1_000_000;
const rateRule = { min: 1, max: 10_000_000 };
const exerciseRequestsRule = { min: 1, max: 1_000_000 };
const requestsRule = { min: 1, max: 1_000_000_000 };
/** The exercise's run keeps every response time, 17 bytes each: its percentiles are exact. */
const exerciseRequestsMax = 10_000_000;

const connectionsDefault = 8;
const durationDefaultMs = 10_000;
const deadlineDefaultMs = 10_000;
const defaultMix = { SetNum: 1, Fact: 1 };
const defaultValues = { valueMin: 1, valueMax: 15 };

/** Reads `PORT [flags]`: the exercise's run, or with a flag of the load tester one of those. */
export function readLoad(words: Words, faults: string[]): LoadCommand {
  const isExercise = !testerFlags.some((name) => words.flags.has(name));
  faults.push(...unknownFlags(words, [...testerFlags, ...runFlags]));
  const [first, ...rest] = words.positionals;
  for (const word of rest) faults.push(`${JSON.stringify(word)}: expected nothing after PORT but flags`);
  const port = readInteger(portRule, first, faults);
  const number = (name: FlagName, rule: { min: number; max: number }, fallback: number): number =>
    readIntegerFlag(words, name, rule, fallback, faults);
  const optional = (name: FlagName, rule: { min: number; max: number }): number | undefined =>
    words.flags.has(name) ? number(name, rule, 0) : undefined;
  const threads = number('threads', threadsRule, isExercise ? 8 : 1);
  const requests = isExercise
    ? number('requests', exerciseRequestsRule, 100)
    : (optional('requests', requestsRule) ?? null);
  const keys = number('keys', keysRule, 100);
  const command: LoadCommand = {
    kind: 'load',
    isExercise,
    ...readServerAt(port, words, faults),
    threads,
    connections: number(
      'connections',
      connectionsRule,
      isExercise ? threads : Math.max(connectionsDefault, threads),
    ),
    inFlight: number('in-flight', inFlightRule, 1),
    rate: optional('rate', rateRule) ?? null,
    warmupMs: readDurationMs(words, 'warmup', faults) ?? 0,
    durationMs: readDurationMs(words, 'duration', faults) ?? (requests === null ? durationDefaultMs : null),
    requests,
    mix: readMix(words, faults) ?? defaultMix,
    ...(readValueRange(words, faults) ?? defaultValues),
    keys,
    distribution: readChoice(words, 'distribution', ['uniform', 'zipf'], faults),
    seed: optional('seed', seedRule),
    deadlineMs: readDeadline(words, deadlineDefaultMs, faults),
    isTimed: readSwitch(words, 'timing', faults),
    client: readChoice(words, 'client', clientNames, faults),
    json: readFile(words, 'json', faults),
    csv: readFile(words, 'csv', faults),
    html: readFile(words, 'html', faults),
    ...readVerify(words, { keys, calls: threads * (requests ?? 0) }, faults),
  };
  faults.push(...faultsOf(command));
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
