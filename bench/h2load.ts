import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What h2load reports of one run. */
export interface LoadFigures {
  readonly requestsPerSecond: number;
  readonly succeeded: number;
}

export interface LoadOptions {
  readonly port: number;
  readonly path: string;
  /** The request as protobuf bytes; every request is the same. */
  readonly message: Uint8Array;
  readonly connections: number;
  readonly inFlightEach: number;
  readonly seconds: number;
}

/** Why h2load cannot be used here, or `undefined` if it can. */
export function missingH2load(): string | undefined {
  try {
    execFileSync('h2load', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'needs h2load (Debian: nghttp2-client)';
  }
}

/**
 * Loads a server on the loopback interface with one gRPC call, over and over.
 * @throws Error if a single request fails on the level of HTTP
 */
export function runH2load(options: LoadOptions): LoadFigures {
  const folder = mkdtempSync(join(tmpdir(), 'numstore-h2load-'));
  const body = join(folder, 'body');
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(options.message.length, 1);
  writeFileSync(body, Buffer.concat([frame, options.message]));
  try {
    const args = [
      ['-c', options.connections, '-m', options.inFlightEach, '-D', options.seconds, '-t', 1],
      ['-d', body, '-H', 'content-type: application/grpc', '-H', 'te: trailers'],
      [`http://127.0.0.1:${options.port}${options.path}`],
    ].flat();
    return parse(execFileSync('h2load', args.map(String), { encoding: 'utf8' }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function parse(output: string): LoadFigures {
  const [, rate] = /finished in [^,]+, ([\d.]+) req\/s/.exec(output) ?? [];
  const [, succeeded, failed] = /(\d+) succeeded, (\d+) failed/.exec(output) ?? [];
  if (rate === undefined || failed !== '0') throw new Error(`Expected a run without failures:\n${output}`);
  return { requestsPerSecond: Number(rate), succeeded: Number(succeeded) };
}
