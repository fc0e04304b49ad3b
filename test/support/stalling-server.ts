import { setTimeout as after } from 'node:timers/promises';
import { NumStoreService } from '../../generated/numstore.ts';
import { type GrpcListener, openGrpcListener, unary } from '../../transport/index.ts';

/**
 * A server that stops for `stallMs` in every `periodMs`, as a collector of garbage might, and otherwise answers after
 * `delayMs`.
 */
export function openStallingServer(stallMs: number, periodMs: number, delayMs = 0): Promise<GrpcListener> {
  const stall = async (): Promise<void> => {
    if (delayMs > 0) await after(delayMs);
    const phaseMs = performance.now() % periodMs;
    if (phaseMs < stallMs) await after(stallMs - phaseMs);
  };
  const setNum = unary(NumStoreService.setNum, async ({ value }) => {
    await stall();
    return { total: value };
  });
  let asked = 0;
  const fact = unary(NumStoreService.fact, async () => {
    await stall();
    return { value: 120n, hit: asked++ % 4 > 0, error: '' };
  });
  return openGrpcListener({ host: '127.0.0.1', port: 0, routes: [setNum, fact] });
}
