import { setTimeout as rest } from 'node:timers/promises';
import { NumStoreService } from '../../generated/numstore.ts';
import { openGrpcClient } from '../../transport/index.ts';
import type { CompiledServer } from '../compiled-server.ts';
import type { LineProcess } from '../peers/line-process.ts';
import { percentile } from '../report.ts';
import { sampleProcess } from '../soak/process.ts';
import type { CallOrder } from './calls.ts';
import type { FactorialOrder } from './factorials.ts';
import { listed } from './lane.ts';
import type { Plan } from './plans.ts';
import type { Bystander, Figures, Trial } from './verdict.ts';

export interface Parties {
  readonly prober: LineProcess;
  readonly sender: LineProcess;
}

export interface Subject {
  readonly transport: string;
  readonly plan: Plan;
  readonly server: CompiledServer;
  /** How long it is overloaded. */
  readonly seconds: number;
}

/** Of the overload the share that does not count. */
const skipShare = 0.2;
/** The steps before it, in seconds. */
const step = { seconds: 4, skipSeconds: 1 };
const overloadFactor = 4;
const bystanderMs = 3_000;
/** A server has to be itself again so soon. */
const recoverWithinMs = 1_000;
const sampleMs = 50;
/** Errors that are kept, of which one tells as much as a thousand. */
const errorsMax = 100;

/** Finds out what the server can do, and loads it with four times that. */
export async function overload(
  { transport, plan, server, seconds }: Subject,
  { prober, sender }: Parties,
): Promise<Trial> {
  const { port, pid } = server;
  const residentMb = (): number => sampleProcess(pid, 0).residentMb;
  let asked = 0;
  const send = async (order: CallOrder | FactorialOrder): Promise<Figures> => {
    const figures: Figures & { asked?: number } = JSON.parse(
      await sender.ask(JSON.stringify(order)),
      reviveMissing,
    );
    asked += figures.asked ?? 0;
    return figures;
  };
  const watch = async <T>(work: () => Promise<T>): Promise<[Bystander, T]> => {
    await prober.ask(String(port));
    const result = await work();
    const seen: { samples: number[]; errors: string[] } = JSON.parse(await prober.ask('stop'));
    return [{ p99: percentile(seen.samples, 0.99), errors: seen.errors.slice(0, errorsMax) }, result];
  };

  await storeList(port);
  const full = await send(plan.full(port, asked, step));
  const capacity = full.served / full.seconds;
  const rate = overloadFactor * capacity;
  await rest(recoverWithinMs);
  const unloaded = await send(plan.unloaded(port, asked, step, capacity));
  const [quiet] = await watch(() => rest(bystanderMs));
  const before = residentMb();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, residentMb());
  }, sampleMs);
  const order = plan.overloaded(port, asked, { seconds, skipSeconds: skipShare * seconds }, rate);
  const endsAt = performance.now() + seconds * 1000;
  const [overloaded, figures] = await watch(() => send(order));
  clearInterval(timer);
  await rest(Math.max(0, endsAt + recoverWithinMs - performance.now()));
  const [after] = await watch(() => rest(bystanderMs));
  return {
    transport,
    load: plan.load,
    capacity,
    rate,
    unloaded,
    overloaded: figures,
    bystander: { quiet, overloaded, after },
    residentMb: { before, peak, after: residentMb() },
  };
}

/** JSON has no NaN, which the percentiles of no calls are; as `null` it would pass for a time of 0. */
function reviveMissing(_name: string, value: unknown): unknown {
  return value === null ? Number.NaN : value;
}

/** What ListNums answers. */
async function storeList(port: number): Promise<void> {
  await using client = await openGrpcClient({ host: '127.0.0.1', port });
  for (let index = 0; index < listed; index++) {
    await client.unary(NumStoreService.setNum, { key: `list.${index}`, value: BigInt(index) });
  }
}
