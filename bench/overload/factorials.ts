import { setTimeout as rest } from 'node:timers/promises';
import { NumStoreExtendedService, NumStoreService } from '../../generated/numstore.ts';
import { GrpcError, openGrpcClient, Status } from '../../transport/index.ts';
import { percentile } from '../report.ts';
import type { Figures } from './verdict.ts';

export interface FactorialOrder {
  readonly kind: 'FactExact';
  readonly port: number;
  /** The first number; each that follows is smaller by one, so that no known factorial helps with it. */
  readonly n: number;
  /** Factorials per second; or else the next is asked for when one is answered. */
  readonly rate: number | undefined;
  /** Factorials under way at most. */
  readonly inFlight: number;
  readonly seconds: number;
  readonly skipSeconds: number;
}

const tickMs = 2;

/** Asks for factorials that nobody has asked for. @throws GrpcError UNAVAILABLE if nobody listens */
export async function askFactorials(order: FactorialOrder): Promise<Figures & { asked: number }> {
  const { port, n, rate, inFlight, seconds, skipSeconds } = order;
  await using client = await openGrpcClient({ host: '127.0.0.1', port });
  const served: number[] = [];
  const refused: number[] = [];
  let failed = 0;
  let notSent = 0;
  let asked = 0;
  const underWay = new Set<Promise<void>>();
  const startedAt = performance.now();
  const countsFrom = startedAt + skipSeconds * 1000;
  const ask = async (): Promise<void> => {
    const key = `n${n - asked++}`;
    let sentAt = performance.now();
    const add = (times: number[]): void => {
      if (sentAt >= countsFrom) times.push(performance.now() - sentAt);
    };
    try {
      // A server that is late may refuse that already.
      await client.unary(NumStoreService.setNum, { key, value: BigInt(key.slice(1)) });
      sentAt = performance.now();
      for await (const { hit } of client.serverStream(NumStoreExtendedService.factExact, { key })) {
        if (hit) throw new Error(`${key} came from the cache`);
      }
      add(served);
    } catch (error) {
      const isRefusal =
        error instanceof GrpcError &&
        error.code === Status.RESOURCE_EXHAUSTED &&
        Number(error.trailers.get('grpc-retry-pushback-ms')) > 0;
      if (isRefusal) add(refused);
      else failed += 1;
    }
  };
  const begin = (): void => {
    const one = ask().finally(() => underWay.delete(one));
    underWay.add(one);
  };
  for (let due = 0; ; ) {
    const elapsed = (performance.now() - startedAt) / 1000;
    if (elapsed >= seconds) break;
    const wanted = rate === undefined ? inFlight - underWay.size : Math.floor(elapsed * rate) - due;
    due += wanted;
    const sent = Math.max(0, Math.min(wanted, inFlight - underWay.size));
    for (let index = 0; index < sent; index++) begin();
    if (elapsed >= skipSeconds) notSent += wanted - sent;
    if (rate === undefined) await Promise.race(underWay);
    else await rest(tickMs);
  }
  await Promise.all(underWay);
  return {
    seconds: seconds - skipSeconds,
    served: served.length,
    refused: refused.length,
    failed,
    notSent,
    p50: percentile(served, 0.5),
    p99: percentile(served, 0.99),
    refusedP99: percentile(refused, 0.99),
    asked,
  };
}
