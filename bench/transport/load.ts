import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { cpuMicroseconds, type Subject } from './subject.ts';

const execute = promisify(execFile);

/** What is asked of each server in a case. */
export interface Load {
  readonly connections: number;
  /** Calls in flight on each connection. */
  readonly inFlight: number;
  readonly path: string;
  /** A file with the content of each request; none is a GET. */
  readonly contentFile: string | undefined;
}

/** One run of h2load against one server. */
export interface Sample {
  readonly perSecond: number;
  /** CPU time of the server per request, in microseconds. */
  readonly cpu: number;
}

/** Loads `subject` with `requests` calls. @throws Error unless every call was answered with status 200 */
export async function measure(subject: Subject, load: Load, requests: number): Promise<Sample> {
  const { connections, inFlight, path, contentFile } = load;
  const shape = ['-n', String(requests), '-c', String(connections), '-m', String(inFlight), '-t', '1'];
  const grpc = ['-H', 'content-type: application/grpc', '-H', 'te: trailers'];
  const content = contentFile === undefined ? [] : ['-d', contentFile, ...grpc];
  const url = `${subject.scheme}://127.0.0.1:${subject.port}${path}`;
  const before = cpuMicroseconds(subject.pid);
  const { stdout } = await execute('h2load', [...shape, ...content, url], { timeout: 120_000 });
  const cpu = (cpuMicroseconds(subject.pid) - before) / requests;
  const perSecond = Number(/finished in .*?, ([\d.]+) req\/s/.exec(stdout)?.[1]);
  const succeeded = Number(/status codes: (\d+) 2xx/.exec(stdout)?.[1]);
  if (succeeded !== requests)
    throw new Error(`${subject.name}: ${succeeded} of ${requests} were answered\n${stdout}`);
  return { perSecond, cpu };
}

/** The middle of `values`, or the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (upper + lower) / 2;
}
