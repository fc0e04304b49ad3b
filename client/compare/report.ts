import { formatMs, printable, writeJson } from '../cli/printable.ts';
import type { Comparison, Difference } from './difference.ts';
import type { ComparedRun } from './run-file.ts';

/** The comparison as text. */
export function renderComparison(a: ComparedRun, b: ComparedRun, comparison: Comparison): string {
  const { differences, longerShare, windows } = comparison;
  const lines = [
    describeRun('A', a),
    describeRun('B', b),
    ...remarksOn(a, b).map((remark) => `Mind: ${remark}`),
    '',
    ...differences.map(describeDifference),
    '',
    ...differences.flatMap(drawDifference),
    `A reply of B took longer than one of A in ${(longerShare * 100).toFixed(1)} % of all pairs (50 %: equal).`,
    ...method(windows),
  ];
  return `${lines.join('\n')}\n`;
}

/** What lies behind the intervals. */
export function method([windowsA, windowsB]: readonly [number, number]): readonly string[] {
  return [
    `Intervals are of 95 % each, by a block bootstrap over ${windowsA} and ${windowsB} windows of time, 2000 resamples.`,
    'They cover how one run varies within itself, not what changes between runs: repeat both, taking turns.',
  ];
}

function describeRun(name: string, run: ComparedRun): string {
  const told = `${run.file}, ${run.startedAt}, ${run.loop} loop`;
  return `${name}: ${printable(told)}, ${run.count} replies, ${run.failed} failed calls`;
}

/** Why the two may not be comparable. */
export function remarksOn(a: ComparedRun, b: ComparedRun): readonly string[] {
  const differs = (pick: (run: ComparedRun) => unknown): boolean =>
    JSON.stringify(pick(a)) !== JSON.stringify(pick(b));
  return [
    ...(a.isReliable ? [] : ['A is marked unreliable']),
    ...(b.isReliable ? [] : ['B is marked unreliable']),
    ...(differs(({ environment }) => environment) ? ['the machines differ'] : []),
    ...settingsThatDiffer(a.settings, b.settings),
  ];
}

/** The seed and the server are what one means to change. */
const meantToDiffer = new Set(['seed', 'servers']);

/** The fields of what a file says of settings or environment. */
export function entriesOf(facts: unknown): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>(Object.entries(facts ?? {}));
}

function settingsThatDiffer(a: unknown, b: unknown): readonly string[] {
  const [ofA, ofB] = [entriesOf(a), entriesOf(b)];
  const names = [...new Set([...ofA.keys(), ...ofB.keys()])];
  return names
    .filter((name) => !meantToDiffer.has(name))
    .filter((name) => writeJson(ofA.get(name)) !== writeJson(ofB.get(name)))
    .map((name) => `${printable(name)} differs: ${writeJson(ofA.get(name))} and ${writeJson(ofB.get(name))}`);
}

function describeDifference(difference: Difference): string {
  const { name, a, b, unit, interval } = difference;
  const figures = `A ${format(a, unit)}, B ${format(b, unit)}`;
  const sure =
    interval === null ? '' : `, 95 % interval ${interval.map((end) => signed(end, unit)).join(' to ')}`;
  return `${name.padEnd(11)} ${figures}: ${changeOf(difference)}${sure}: ${verdictOf(difference)}`;
}

/** `+0.266 ms (+21.6 %)`. */
export function changeOf({ a, difference, unit }: Difference): string {
  const share = a === 0 ? '' : ` (${difference < 0 ? '' : '+'}${((difference / a) * 100).toFixed(1)} %)`;
  return `${signed(difference, unit)}${share}`;
}

export function verdictOf({ verdict }: Difference): string {
  return verdict === 'better' || verdict === 'worse' ? `B is ${verdict}` : verdict;
}

export function format(value: number, unit: Difference['unit']): string {
  return unit === 'ms' ? formatMs(value) : `${value.toFixed(0)} ${unit}`;
}

export function signed(value: number, unit: Difference['unit']): string {
  return `${value < 0 ? '' : '+'}${format(value, unit)}`;
}

const half = 24;

/** The interval as a line about zero, `A = B` being in the middle. */
function drawDifference({ name, unit, difference, interval }: Difference): readonly string[] {
  if (interval === null) return [];
  const [low, high] = interval;
  const reach = Math.max(Math.abs(low), Math.abs(high), Math.abs(difference), Number.MIN_VALUE);
  const place = (value: number): number => half + Math.round((value / reach) * half);
  const cells = Array.from({ length: 2 * half + 1 }, (_, cell) => {
    if (cell === place(difference)) return 'o';
    if (cell === half) return '|';
    return cell >= place(low) && cell <= place(high) ? '=' : '.';
  });
  return [`${name.padEnd(11)} ${signed(-reach, unit).padStart(18)} ${cells.join('')} ${signed(reach, unit)}`];
}
