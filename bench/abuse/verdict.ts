import { memoryMbMax, p99RatioMax, type Trial } from './trial.ts';

/** The promises that a trial of ours breaks; a server with the defaults of grpc-js has promised nothing. */
export function broken(trial: Trial): readonly string[] {
  const { server, quietP99, p99, errors, before, after } = trial;
  if (server === 'defaults') return [];
  if (after === undefined) return ['the server died'];
  const faults: string[] = [];
  // Also if there is no p99, because no call was answered.
  if (server === 'native' && !(p99 < p99RatioMax * quietP99)) faults.push('p99');
  if (server === 'native' && errors.length > 0) faults.push(`errors, the first: ${errors[0]}`);
  if (after.residentMb > before.residentMb + memoryMbMax) faults.push('memory');
  if (after.handles > before.handles) faults.push('open files');
  return faults;
}
