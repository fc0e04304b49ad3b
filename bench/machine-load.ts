/** Whether the machine had something else to do while a benchmark ran. */
import { loadavg } from 'node:os';

/** A quiet machine of two cores stays below this; above it, other work takes part of what is measured. */
const quietLoadMax = 0.5;

export interface MachineLoad {
  /** What a reader should know of a run that began on a busy machine; none on a quiet one. */
  readonly notes: readonly string[];
  /** The load averages of one minute, at the start and now. */
  conditions(): Readonly<Record<string, string>>;
}

/** Notes the load average of this moment, and warns on stderr if the machine is busy. */
export function noteMachineLoad(): MachineLoad {
  const start = minuteAverage();
  const notes: string[] = [];
  if (start > quietLoadMax) {
    notes.push(
      `The machine was busy: load average ${start.toFixed(2)} at the start, above ${quietLoadMax}. Do not trust the figures.`,
    );
    console.error(notes[0]);
  }
  return {
    notes,
    conditions: () => ({
      'load average': `${start.toFixed(2)} at the start, ${minuteAverage().toFixed(2)} at the end, over one minute`,
    }),
  };
}

function minuteAverage(): number {
  return loadavg()[0] ?? Number.NaN;
}
