import { createHash } from 'node:crypto';
import { errorCode } from './client.ts';
import type { Send } from './connection.ts';
import { source } from './source.ts';

/** `free` is `write` for deletes, which a Redis without memory must still run. */
export type Procedure = 'write' | 'free' | 'page' | 'stats';

interface Definition {
  readonly callback: string;
  readonly flags: string;
}

const definitions: Readonly<Record<Procedure, Definition>> = {
  write: { callback: 'write', flags: '' },
  free: { callback: 'write', flags: "'allow-oom'" },
  page: { callback: 'page', flags: "'no-writes'" },
  stats: { callback: 'stats', flags: "'no-writes'" },
};

/** Part of every name, because servers of two versions may share a Redis. */
const version = createHash('sha1').update(source).digest('hex').slice(0, 8);
const library = [
  `#!lua name=numstore_${version}`,
  source,
  ...Object.entries(definitions).map(
    ([name, { callback, flags }]) =>
      `redis.register_function{function_name='${functionName(name)}', callback=${callback}, flags={${flags}}}`,
  ),
].join('\n');

const scripts = {
  write: createScript('write'),
  free: createScript('free'),
  page: createScript('page'),
  stats: createScript('stats'),
};

/** Our procedures in one Redis. */
export interface Procedures {
  /** Makes them known to the Redis that `send` leads to; needed once on each connection. */
  load(send: Send): Promise<void>;
  /** Runs one; rejects as `send` does. */
  call(send: Send, name: Procedure, keys: readonly string[], args: readonly string[]): Promise<unknown>;
}

/**
 * Procedures as functions, which Redis 7 keeps and replicates with the data, or as scripts: where functions are
 * unknown or forbidden, or where `asScripts` says so.
 */
export function createProcedures(asScripts: boolean): Procedures {
  let areFunctions = false;
  return {
    async load(send) {
      areFunctions = !asScripts && (await loadLibrary(send));
    },
    call: (send, name, keys, args) => {
      const rest = [String(keys.length), ...keys, ...args];
      return areFunctions ? send(['FCALL', functionName(name), ...rest]) : callScript(send, name, rest);
    },
  };
}

/** Whether Redis has our functions now. */
async function loadLibrary(send: Send): Promise<boolean> {
  try {
    await send(['FUNCTION', 'LOAD', 'REPLACE', library]);
    return true;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return false;
  }
}

async function callScript(send: Send, name: Procedure, rest: readonly string[]): Promise<unknown> {
  const { script, sha } = scripts[name];
  try {
    return await send(['EVALSHA', sha, ...rest]);
  } catch (error) {
    // Redis says that it has run nothing, so this is no repetition.
    if (errorCode(error) !== 'NOSCRIPT') throw error;
    return send(['EVAL', script, ...rest]);
  }
}

function functionName(procedure: string): string {
  return `numstore_${version}_${procedure}`;
}

function createScript(name: Procedure): { readonly script: string; readonly sha: string } {
  const script = `${source}\nreturn ${definitions[name].callback}(KEYS, ARGV)`;
  return { script, sha: createHash('sha1').update(script).digest('hex') };
}
