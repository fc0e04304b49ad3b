import { flagText } from '../cli/readers.ts';
import type { FlagName, Words } from '../cli/tokens.ts';
import { type RpcName, rpcNames } from './run/plan.ts';

const unitsMs: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);
const durationMaxMs = 24 * 3_600_000;

/** Reads a length of time: `30`, `30s`, `500ms`, `1.5m`, `2h`; undefined where it is not there. */
export function readDurationMs(words: Words, name: FlagName, faults: string[]): number | undefined {
  const text = flagText(words, name);
  if (text === undefined) return undefined;
  const [, digits, unit] = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|)$/.exec(text) ?? [];
  const ms = Math.round(Number(digits) * (unitsMs.get(unit ?? '') ?? Number.NaN));
  if (ms >= 1 && ms <= durationMaxMs) return ms;
  faults.push(
    `--${name}: expected a time up to 24h, such as 10s, 500ms or 1.5m, got ${JSON.stringify(text)}`,
  );
  return undefined;
}

/** Weights are written out as a list from which one is drawn. */
const weightMax = 1000;

/** Reads `SetNum=1,Fact=9`: the weight of each RPC, names in any case. */
export function readMix(words: Words, faults: string[]): Partial<Record<RpcName, number>> | undefined {
  const text = flagText(words, 'mix');
  if (text === undefined) return undefined;
  const mix: Partial<Record<RpcName, number>> = {};
  for (const share of text.split(',')) {
    const [, name = '', digits] = /^(\w+)=(\d+)$/.exec(share) ?? [];
    const rpc = rpcNames.find((known) => known.toLowerCase() === name.toLowerCase());
    const weight = Number(digits);
    if (rpc === undefined || mix[rpc] !== undefined || !(weight <= weightMax)) return refuseMix(text, faults);
    mix[rpc] = weight;
  }
  const isEmpty = Object.values(mix).every((weight) => weight === 0);
  return isEmpty ? refuseMix(text, faults) : mix;
}

function refuseMix(text: string, faults: string[]): undefined {
  const form = `NAME=WEIGHT,... of ${rpcNames.join(', ')}, each once, weights up to ${weightMax}, not all 0`;
  faults.push(`--mix: expected ${form}, got ${JSON.stringify(text)}`);
  return undefined;
}

const valuesSpanMax = 2 ** 32;

/** Reads `1..15`, or one number: what SetNum stores and AddNum adds. */
export function readValueRange(
  words: Words,
  faults: string[],
): { readonly valueMin: number; readonly valueMax: number } | undefined {
  const text = flagText(words, 'values');
  if (text === undefined) return undefined;
  const [, from, to = from] = /^(-?\d{1,15})(?:\.\.(-?\d{1,15}))?$/.exec(text) ?? [];
  const [valueMin, valueMax] = [Number(from), Number(to)];
  if (valueMin <= valueMax && valueMax - valueMin < valuesSpanMax) return { valueMin, valueMax };
  faults.push(
    `--values: expected FROM..TO with FROM <= TO, less than 2^32 apart, got ${JSON.stringify(text)}`,
  );
  return undefined;
}
