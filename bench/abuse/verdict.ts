import { percentile } from '../report.ts';
import { memoryMbMax, p99RatioMax, type Trial } from './trial.ts';

/**
 * A server's quiet p99, in milliseconds: the median of those before each attack, for what one attack leaves behind to
 * be cleared away is not quiet.
 */
function quietP99Of(server: string, trials: readonly Trial[]): number {
  const quiet = trials.filter((trial) => trial.server === server).map(({ quietP99 }) => quietP99);
  return percentile(quiet, 0.5);
}

/** The promises that one of `trials` breaks; a server with the defaults of grpc-js has promised nothing. */
export function broken(trial: Trial, trials: readonly Trial[]): readonly string[] {
  const { server, p99, errors, before, after } = trial;
  if (server === 'defaults') return [];
  if (after === undefined) return ['the server died'];
  const faults: string[] = [];
  // Also if there is no p99, because no call was answered.
  if (server === 'native' && !(p99 < p99RatioMax * quietP99Of(server, trials))) faults.push('p99');
  if (server === 'native' && errors.length > 0) faults.push(`errors, the first: ${errors[0]}`);
  if (after.residentMb > before.residentMb + memoryMbMax) faults.push('memory');
  if (after.handles > before.handles) faults.push('open files');
  return faults;
}
