/**
 * Who goes first where a server and its clients share the cores of one machine, as they do in every bench and in no
 * deployment. What a client waits for a core is not the server's doing: the one that measures goes first, and the one
 * that only makes work takes what is left.
 *
 * With NUMSTORE_BENCH_EQUAL=1 all are alike: where others use the machine all the time, whoever goes last never comes to it.
 */
import { execFileSync } from 'node:child_process';
import { setPriority } from 'node:os';
import process from 'node:process';

/** Whether nobody goes first or last; results say so. */
export const areEqual = process.env['NUMSTORE_BENCH_EQUAL'] === '1';

/** Has this process go first, where it may: that needs rights. */
export function goFirst(): void {
  if (areEqual) return;
  try {
    setPriority(-15);
  } catch {
    // Then it waits for its turn like all others, and what it measures is a little more than the truth.
  }
}

/** Has every thread of this process run only when nobody else wants the core (SCHED_IDLE, by util-linux), or nearly so. */
export function goLast(): void {
  if (areEqual) return;
  try {
    execFileSync('chrt', ['--idle', '--all-tasks', '--pid', '0', String(process.pid)], { stdio: 'ignore' });
  } catch {
    setPriority(19);
  }
}
