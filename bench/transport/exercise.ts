import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LineProcess, openLineProcess } from '../peers/line-process.ts';
import { percentile } from '../report.ts';
import { median } from './load.ts';
import type { Subject } from './subject.ts';

/** The exercise's workload by Python's grpcio: 8 threads with 100 requests each, against servers that take turns. */

export interface ExerciseRow {
  readonly server: string;
  /** Medians over the rounds, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly p99Spread: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const script = join(root, 'bench/peers/python/exercise_client.py');
/** A compiler that compiles while it runs has done so by then; all servers get them. */
export const warmRounds = 20;

/** The rows, or why there are none. */
export async function compareByPython(
  subjects: readonly Subject[],
  rounds: number,
): Promise<readonly ExerciseRow[] | string> {
  const python = ['python3', '/usr/bin/python3'].find(hasGrpc);
  if (python === undefined)
    return 'the exercise by Python left out: needs python3-grpcio and python3-grpc-tools';
  const folder = mkdtempSync(join(tmpdir(), 'bench-exercise-'));
  const outputs = [`--python_out=${folder}`, `--grpc_python_out=${folder}`];
  execFileSync(python, ['-m', 'grpc_tools.protoc', '-I.', ...outputs, 'numstore.proto'], { cwd: root });
  const client = openLineProcess(python, [script, folder]);
  try {
    return await takeTurns(client, subjects, rounds);
  } finally {
    await client.close();
    rmSync(folder, { recursive: true });
  }
}

async function takeTurns(
  client: LineProcess,
  subjects: readonly Subject[],
  rounds: number,
): Promise<readonly ExerciseRow[]> {
  const lanes = subjects.map(({ name, port }) => ({ name, port, p50: [] as number[], p99: [] as number[] }));
  for (let round = -warmRounds; round < rounds; round++) {
    // Another one goes first each time.
    const first = (round + warmRounds) % lanes.length;
    for (const lane of [...lanes.slice(first), ...lanes.slice(0, first)]) {
      const times: number[] = JSON.parse(await client.ask(`${lane.port} ${round}`));
      if (round < 0) continue;
      lane.p50.push(percentile(times, 0.5));
      lane.p99.push(percentile(times, 0.99));
    }
  }
  return lanes.map(({ name, p50, p99 }) => ({
    server: name,
    p50: median(p50),
    p99: median(p99),
    p99Spread: `${Math.min(...p99).toFixed(2)}-${Math.max(...p99).toFixed(2)}`,
  }));
}

function hasGrpc(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import grpc, grpc_tools'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
