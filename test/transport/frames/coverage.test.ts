import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../../support/process.ts';

/** The files that read the bytes of a peer: frames, header blocks, and what they mean. */
const parser = [
  'frame-reader.ts',
  'header-frames.ts',
  'header-assembly.ts',
  'control-frames.ts',
  'padding.ts',
  'settings.ts',
  'session.ts',
  'closed-streams.ts',
  'block-cache.ts',
  'decoder.ts',
  'integer.ts',
  'huffman.ts',
] as const;
const drivers = ['http2/session', 'http2/stream', 'frames/limits', 'server/server', 'grpc', 'hpack'] as const;
const linesMin = 95;

/**
 * The share of a file's lines that ran, in per cent, from Node's table. Names stand alone or end a
 * path.
 */
function linesOf(report: string, file: string): number {
  const [, lines] =
    new RegExp(`[\\s/]${file.replace('.', '\\.')}\\s*\\|\\s*([\\d.]+) \\|`).exec(report) ?? [];
  return Number(lines);
}

test(`the frame parser: more than ${linesMin} % of the lines of each of its files run`, {
  timeout: 120_000,
}, async (context) => {
  // The sources: their lines count. In one process, because the drivers share most of them.
  const program = drivers.map((name) => `await import('./test/transport/${name}.test.ts');`).join('\n');
  const flags = ['--import', 'tsx', '--experimental-test-coverage', '--test-reporter=tap'];
  // A runner inside a runner would take itself for one of its files.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, '--input-type=module', '--eval', program],
    {
      cwd: root,
      env,
      maxBuffer: 1 << 26,
    },
  );
  for (const file of parser) {
    const lines = linesOf(stdout, file);
    context.diagnostic(`${file}: ${lines} % of its lines`);
    assert.ok(lines > linesMin, `${file}: ${lines} %`);
  }
});
