/** How much memory the compiled server takes for four large factorials at once. */
import { readFileSync } from 'node:fs';
import { openCompiledServer } from '../compiled-server.ts';
import { bigFactorial, setNum } from '../tail/calls.ts';
import { openGrpc } from '../tail/grpc.ts';

export interface Peaks {
  /** MB (10^6 bytes) once it listens, after four at once, and after four at once again and again. */
  readonly startMb: number;
  readonly onceMb: number;
  readonly repeatedMb: number;
}

/** Times that the four are asked for again, with other numbers: a server that has run for a while. */
const repeats = 10;

/** Peak of the resident memory of a process since it started. */
function peakMb(pid: number): number {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kib) * 1024) / 1e6;
}

/** A fresh server; the factorials are n!, (n - 1)! and so on, so that none helps with the next. */
export async function measureMemory(file: string, n: number): Promise<Peaks> {
  const server = await openCompiledServer(file);
  const grpc = openGrpc(server.port);
  let next = n;
  const four = async (): Promise<void> => {
    const keys = ['a', 'b', 'c', 'd'];
    for (const key of keys) await setNum(grpc, key, BigInt(next--));
    const answers = await Promise.all(keys.map((key) => bigFactorial(grpc, 'FactExact', key)));
    if (answers.some(({ hit }) => hit)) throw new Error('Expected no answer from the cache');
  };
  try {
    const startMb = peakMb(server.pid);
    await four();
    const onceMb = peakMb(server.pid);
    for (let i = 0; i < repeats; i++) await four();
    return { startMb, onceMb, repeatedMb: peakMb(server.pid) };
  } finally {
    grpc.close();
    await server.close();
  }
}
