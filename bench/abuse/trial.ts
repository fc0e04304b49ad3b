import { setTimeout as rest } from 'node:timers/promises';
import type { CompiledServer } from '../compiled-server.ts';
import type { LineProcess } from '../peers/line-process.ts';
import { percentile } from '../report.ts';
import { type Sample, sampleProcess } from '../soak/process.ts';
import { type MainThread, mainThreadBetween, spentBy } from './main-thread.ts';
import type { Subject } from './subject.ts';

/** What an attack did to a server and to its well-behaved client. */
export interface Trial {
  readonly attack: string;
  readonly server: string;
  /** What the attacker saw. */
  readonly outcome: string;
  /** Milliseconds of the well-behaved client. */
  readonly quietP99: number;
  readonly p99: number;
  /** The longest that it waited: what the event loop stood still for, at most. */
  readonly longest: number;
  readonly calls: number;
  /** How many of its calls failed, and how the first of them. */
  readonly failed: number;
  readonly errors: readonly string[];
  readonly before: Sample;
  readonly peakMb: number;
  /** The server's main thread during the attack; undefined if the server died. */
  readonly mainThread: MainThread | undefined;
  /** Once all is over. */
  readonly after: Sample | undefined;
}

/** MB that the memory may stay above where it was. */
export const memoryMbMax = 100;
/** How often the well-behaved client's p99 may be above that of a quiet server. */
export const p99RatioMax = 5;

const quietMs = 2_000;
const sampleMs = 100;
/** Errors that are kept, of which one tells as much as a thousand. */
const errorsMax = 10;

interface Findings {
  readonly samples: readonly number[];
  readonly errors: readonly string[];
}

async function probeWhile<T>(
  prober: LineProcess,
  port: number,
  work: () => Promise<T>,
): Promise<Findings & { result: T }> {
  await prober.ask(String(port));
  const result = await work();
  const findings: Findings = JSON.parse(await prober.ask('stop'));
  return { ...findings, result };
}

/** What the process holds, or undefined when there is none any more. */
function look(pid: number): Sample | undefined {
  try {
    return sampleProcess(pid, 0);
  } catch {
    return undefined;
  }
}

/** Who takes part, and for how many seconds at least. */
export interface Parties {
  readonly seconds: number;
  readonly prober: LineProcess;
  readonly attacker: LineProcess;
}

/** Whether a server is again as it was. */
export function hasRecovered({ before, after }: Pick<Trial, 'before' | 'after'>): boolean {
  if (after === undefined) return false;
  return after.residentMb <= before.residentMb + memoryMbMax && after.handles <= before.handles;
}

/** Attacks a server while somebody uses it. */
export async function attempt(
  attack: string,
  { name, settleWithinMs }: Subject,
  server: CompiledServer,
  before: Sample,
  { prober, attacker, seconds }: Parties,
): Promise<Trial> {
  const { port, pid } = server;
  const quiet = await probeWhile(prober, port, () => rest(quietMs));
  let peakMb = before.residentMb;
  const watch = setInterval(() => {
    peakMb = Math.max(peakMb, look(pid)?.residentMb ?? 0);
  }, sampleMs);
  const ask = JSON.stringify({ name: attack, port, share: 1, seconds });
  const spent = await spentBy(server);
  const during = await probeWhile(prober, port, () => attacker.ask(ask));
  clearInterval(watch);
  const mainThread = await spentBy(server).then(
    (now) => mainThreadBetween(spent, now),
    () => undefined,
  );
  const outcome: string = JSON.parse(during.result);
  const errors = [...quiet.errors, ...during.errors];
  return {
    attack,
    server: name,
    outcome,
    quietP99: percentile(quiet.samples, 0.99),
    p99: percentile(during.samples, 0.99),
    longest: percentile(during.samples, 1),
    calls: during.samples.length,
    failed: errors.length,
    errors: errors.slice(0, errorsMax),
    before,
    peakMb,
    mainThread,
    after: await settled(pid, before, settleWithinMs),
  };
}

/** What the process holds once it has recovered, or when the time for that is over. */
async function settled(pid: number, before: Sample, settleWithinMs: number): Promise<Sample | undefined> {
  const endAt = performance.now() + settleWithinMs;
  for (;;) {
    const after = look(pid);
    if (hasRecovered({ before, after }) || after === undefined || performance.now() > endAt) return after;
    await rest(sampleMs);
  }
}
