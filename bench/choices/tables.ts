/** What each choice buys, as figures and as tables. */
import { type Section, type Summary, summarize } from '../report.ts';
import { choiceOf } from './choices.ts';
import type { Lane } from './lanes.ts';
import type { Outcome } from './load.ts';
import { type Workload, workloads } from './workloads.ts';

/** What one variant came to under one workload: medians over the rounds, counts over all of them. */
export interface LaneFigures {
  readonly choice: Lane['choice'];
  readonly workload: Lane['workload'];
  /** Milliseconds. */
  readonly setNum: Readonly<Record<'p50' | 'p99', Summary>>;
  readonly fact: Readonly<Record<'p50' | 'p99', Summary>>;
  readonly callsPerSecond: Summary;
  readonly facts: number;
  readonly wrong: number;
  /** Hits / factorials whose key had a value. */
  readonly hitRate: number;
}

export function figuresOf({ choice, workload, rounds }: Lane): LaneFigures {
  const of = (pick: (outcome: Outcome) => number): Summary => summarize(rounds.map(pick));
  const sum = (pick: (outcome: Outcome) => number): number =>
    rounds.reduce((total, outcome) => total + pick(outcome), 0);
  return {
    choice,
    workload,
    setNum: { p50: of(({ setNum }) => setNum.p50), p99: of(({ setNum }) => setNum.p99) },
    fact: { p50: of(({ fact }) => fact.p50), p99: of(({ fact }) => fact.p99) },
    callsPerSecond: of(({ callsPerSecond }) => callsPerSecond),
    facts: sum(({ facts }) => facts),
    wrong: sum(({ wrong }) => wrong),
    hitRate: sum(({ hits }) => hits) / sum(({ found }) => found),
  };
}

const laneColumns = [
  'choice taken away',
  'SetNum p50 / p99, ms',
  'factorial p50 / p99, ms',
  'hit rate',
  'calls/s (p10 to p90)',
  'wrong answers',
] as const;

/** The rows of one workload. */
function laneRows(figures: readonly LaneFigures[], workload: Workload): readonly (readonly string[])[] {
  return figures
    .filter((lane) => lane.workload === workload.name)
    .map(({ choice, setNum, fact, hitRate, callsPerSecond, wrong, facts }) => [
      choiceOf(choice).title,
      `${milliseconds(setNum.p50)} / ${milliseconds(setNum.p99)}`,
      `${milliseconds(fact.p50)} / ${milliseconds(fact.p99)}`,
      hitRate.toFixed(2),
      `${callsPerSecond.median.toFixed(0)} (${callsPerSecond.p10.toFixed(0)} to ${callsPerSecond.p90.toFixed(0)})`,
      wrong === 0 ? '0' : `${wrong} of ${facts}`,
    ]);
}

function milliseconds({ median }: Summary): string {
  return median.toFixed(3);
}

/** The tables of all workloads. */
export function laneSections(figures: readonly LaneFigures[]): readonly Section[] {
  return workloads.map((workload) => ({
    heading: workload.title,
    columns: laneColumns,
    rows: laneRows(figures, workload),
  }));
}
