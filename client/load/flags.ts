import { readServerAt, type ServerWords } from '../argv/address.ts';
import { keysRule, loadFlags, seedRule, threadsRule } from '../argv/load.ts';
import {
  flagText,
  portRule,
  readDeadline,
  readFile,
  readInteger,
  readIntegerFlag,
  readSwitch,
} from '../argv/values.ts';
import { type FlagName, unknownFlags, type Words } from '../argv/words.ts';
import { readDurationMs, readMix, readValueRange } from './flag-values.ts';
import type { GeneratorPlan } from './run/plan.ts';
import { readVerify, type VerifyWords } from './verify/flags.ts';

/** The load tester: see `runGenerate`. */
export interface GenerateCommand
  extends ServerWords,
    VerifyWords,
    Omit<GeneratorPlan, 'servers' | 'seed' | 'rawSamplesMax'> {
  readonly kind: 'generate';
  /** undefined: draw one */
  readonly seed: number | undefined;
  /** where to write figures, raw samples and the page, if anywhere */
  readonly json: string | undefined;
  readonly csv: string | undefined;
  readonly html: string | undefined;
}

/** Any of these makes of the exercise's run one of the load tester, which has another client. */
const ownFlags = [
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

export function isGenerate({ flags }: Words): boolean {
  return ownFlags.some((name) => flags.has(name));
}

const connectionsRule = { min: 1, max: 10_000 };
const inFlightRule = { min: 1, max: 10_000 };
/** Each call that may be under way has its place, some hundred bytes, from the beginning. */
const callsAtOnceMax = 1_000_000;
const rateRule = { min: 1, max: 10_000_000 };
const requestsRule = { min: 1, max: 1_000_000_000 };

const connectionsDefault = 8;
const durationDefaultMs = 10_000;
const deadlineDefaultMs = 10_000;
const defaultMix = { SetNum: 1, Fact: 1 };
const defaultValues = { valueMin: 1, valueMax: 15 };

/** Reads `PORT [flags]` of the load tester. */
export function readGenerate(words: Words, faults: string[]): GenerateCommand {
  faults.push(...unknownFlags(words, [...ownFlags, ...loadFlags]));
  const [first, ...rest] = words.positionals;
  for (const word of rest) faults.push(`${JSON.stringify(word)}: expected nothing after PORT but flags`);
  const number = (name: FlagName, rule: { min: number; max: number }, fallback: number): number =>
    readIntegerFlag(words, name, rule, fallback, faults);
  const optional = (name: FlagName, rule: { min: number; max: number }): number | undefined =>
    words.flags.has(name) ? number(name, rule, 0) : undefined;
  const threads = number('threads', threadsRule, 1);
  const requests = optional('requests', requestsRule) ?? null;
  const keys = number('keys', keysRule, 100);
  const durationMs = readDurationMs(words, 'duration', faults);
  const command: GenerateCommand = {
    kind: 'generate',
    ...readServerAt(readInteger(portRule, first, faults), words, faults),
    threads,
    connections: number('connections', connectionsRule, Math.max(connectionsDefault, threads)),
    inFlight: number('in-flight', inFlightRule, 1),
    rate: optional('rate', rateRule) ?? null,
    warmupMs: readDurationMs(words, 'warmup', faults) ?? 0,
    durationMs: durationMs ?? (requests === null ? durationDefaultMs : null),
    requests,
    mix: readMix(words, faults) ?? defaultMix,
    ...(readValueRange(words, faults) ?? defaultValues),
    keys,
    distribution: readDistribution(words, faults),
    seed: optional('seed', seedRule),
    deadlineMs: readDeadline(words, deadlineDefaultMs, faults),
    isTimed: readSwitch(words, 'timing', faults),
    json: readFile(words, 'json', faults),
    csv: readFile(words, 'csv', faults),
    html: readFile(words, 'html', faults),
    ...readVerify(words, { keys, calls: threads * (requests ?? 0) }, faults),
  };
  if (command.verify && command.warmupMs > 0) faults.push('--verify: expected no --warmup beside it');
  const atOnce = command.connections * command.inFlight;
  if (atOnce > callsAtOnceMax) {
    faults.push(
      `--connections x --in-flight: expected at most ${callsAtOnceMax} calls at once, got ${atOnce}`,
    );
  }
  if (command.connections < threads) {
    faults.push(
      `--connections: expected at least one for each thread, ${threads}, got ${command.connections}`,
    );
  }
  return command;
}

function readDistribution(words: Words, faults: string[]): 'uniform' | 'zipf' {
  const text = flagText(words, 'distribution') ?? 'uniform';
  if (text === 'uniform' || text === 'zipf') return text;
  faults.push(`--distribution: expected uniform or zipf, got ${JSON.stringify(text)}`);
  return 'uniform';
}
