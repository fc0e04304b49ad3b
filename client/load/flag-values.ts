import { type Flag, flagText } from '../cli/flags.ts';
import { type LoadPlan, type RpcName, rpcNames } from './run/plan.ts';

const unitsMs: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);
const durationMaxMs = 24 * 3_600_000;

/** A flag that is a duration, in milliseconds: `30`, `30s`, `500ms`, `1.5m`, `2h`; optional. */
export function durationFlag(name: string, help: string, shown: string): Flag<number | undefined> {
  const read: Flag<number | undefined>['read'] = (words, faults) => {
    const given = flagText(words, name);
    if (given === undefined) return undefined;
    const [, digits, unit] = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|)$/.exec(given) ?? [];
    const ms = Math.round(Number(digits) * (unitsMs.get(unit ?? '') ?? Number.NaN));
    if (ms >= 1 && ms <= durationMaxMs) return ms;
    const got = JSON.stringify(given);
    faults.push(`--${name}: expected a time up to 24h, such as 10s, 500ms or 1.5m, got ${got}`);
    return undefined;
  };
  return { name, operand: 'T', help, shown, read };
}

/** Weights are written out as a list from which one is drawn. */
const weightMax = 1000;
const mixDefault: LoadPlan['mix'] = { SetNum: 1, Fact: 1 };

/** `--mix SetNum=1,Fact=9`: the weight of each RPC, names in any case. */
export const mixFlag: Flag<LoadPlan['mix']> = {
  name: 'mix',
  operand: 'A=N,...',
  help: `weights of ${rpcNames.join(', ')}`,
  shown: Object.entries(mixDefault)
    .map((share) => share.join('='))
    .join(),
  read: (words, faults) => {
    const text = flagText(words, 'mix');
    return text === undefined ? mixDefault : (parseMix(text) ?? refuseMix(text, faults));
  },
};

function parseMix(text: string): LoadPlan['mix'] | undefined {
  const mix: Partial<Record<RpcName, number>> = {};
  for (const share of text.split(',')) {
    const [, name = '', digits] = /^(\w+)=(\d+)$/.exec(share) ?? [];
    const rpc = rpcNames.find((known) => known.toLowerCase() === name.toLowerCase());
    const weight = Number(digits);
    if (rpc === undefined || mix[rpc] !== undefined || !(weight <= weightMax)) return undefined;
    mix[rpc] = weight;
  }
  return Object.values(mix).every((weight) => weight === 0) ? undefined : mix;
}

function refuseMix(text: string, faults: string[]): LoadPlan['mix'] {
  const form = `NAME=WEIGHT,... of ${rpcNames.join(', ')}, each once, weights up to ${weightMax}, not all 0`;
  faults.push(`--mix: expected ${form}, got ${JSON.stringify(text)}`);
  return mixDefault;
}

type ValueRange = Pick<LoadPlan, 'valueMin' | 'valueMax'>;

const valuesSpanMax = 2 ** 32;
const valuesDefault: ValueRange = { valueMin: 1, valueMax: 15 };

/** `--values 1..15`, or one number. */
export const valuesFlag: Flag<ValueRange> = {
  name: 'values',
  operand: 'FROM..TO',
  help: 'what SetNum stores and AddNum adds',
  shown: `${valuesDefault.valueMin}..${valuesDefault.valueMax}`,
  read: (words, faults) => {
    const text = flagText(words, 'values');
    if (text === undefined) return valuesDefault;
    const [, from, to = from] = /^(-?\d{1,15})(?:\.\.(-?\d{1,15}))?$/.exec(text) ?? [];
    const [valueMin, valueMax] = [Number(from), Number(to)];
    if (valueMin <= valueMax && valueMax - valueMin < valuesSpanMax) return { valueMin, valueMax };
    const got = JSON.stringify(text);
    faults.push(`--values: expected FROM..TO with FROM <= TO, less than 2^32 apart, got ${got}`);
    return valuesDefault;
  },
};
