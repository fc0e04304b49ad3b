import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseServerNames, type ServerAddress, serverAddresses } from '../../api/address.ts';
import { UsageError } from '../../cli/exit.ts';
import { type Codec, exerciseCodec } from '../wire/codec.ts';
import { loadCodec } from '../wire/proto-file.ts';

/** A server of a class. */
export interface Target {
  readonly name: string;
  readonly server: ServerAddress;
  readonly codec: Codec;
}

/**
 * Reads a file with a line for each server: name, host:port and, where it differs, the .proto file, which is
 * found beside this file. Empty lines and those that begin with # are left out.
 *
 * @throws UsageError that lists every bad line
 */
export async function readTargets(path: string): Promise<readonly Target[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError([
      `--targets: expected a file, got "${path}" (${error instanceof Error ? error.message : String(error)})`,
    ]);
  });
  const faults: string[] = [];
  const targets: Target[] = [];
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    try {
      targets.push(readTarget(line, dirname(path)));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      faults.push(...error.faults.map((fault) => `--targets, line ${at + 1}: ${fault}`));
    }
  }
  if (targets.length === 0 && faults.length === 0)
    faults.push(`--targets: expected a line for each server, got none in "${path}"`);
  if (faults.length > 0) throw new UsageError(faults);
  return targets;
}

function readTarget(line: string, folder: string): Target {
  const [name = '', address = '', proto = '', ...more] = line.split(',').map((part) => part.trim());
  const named = parseServerNames(address) ?? [];
  const [server] = named.length === 1 && named[0]?.port !== undefined ? serverAddresses(address, 0) : [];
  if (name === '' || server === undefined || server.isEach || more.length > 0)
    throw new UsageError([`expected "name, host:port, proto file", got ${JSON.stringify(line)}`]);
  return { name, server, codec: proto === '' ? exerciseCodec : loadCodec(resolve(folder, proto)) };
}
