import assert from 'node:assert/strict';
import type { NewOperation } from '../../client/linearizability/operation.ts';
import type { RedisServer } from './redis.ts';
import { assertExplained } from './store-load.ts';

/** How far the history of a server goes, and the revision that it has reached by then. */
export interface Reached {
  readonly revision: number;
  readonly offset: number;
}

/** A promotion: what the promoted server had of the last master's history before its own first write. */
export interface Promotion extends Reached {
  /** Operations that ended before the last master died. */
  readonly before: readonly NewOperation[];
  readonly after: readonly NewOperation[];
  /** Revisions that the last master had at some of its offsets. */
  readonly samples: readonly Reached[];
}

/**
 * Counts the acknowledged writes that asynchronous replication has lost, and makes sure that nothing else is lost. A
 * history of Redis is one sequence, in which offsets and revisions grow together, and a promoted server has a beginning
 * of it. So what may be missing is what lies behind its offset: the revisions above its own.
 */
export function countLosses({ before, after, revision, offset, samples }: Promotion): number {
  for (const sample of samples) {
    // The last revision below the offset is there; a later one was behind it.
    if (sample.offset <= offset) assert.ok(sample.revision <= revision, describe(sample));
    if (sample.revision > revision) assert.ok(sample.offset > offset, describe(sample));
  }
  assertExplained(before);
  const isLost = (operation: NewOperation): boolean =>
    operation.outcome === 'ok' && (operation.revision ?? 0) > revision;
  // An unknown outcome may be on either side; an earlier read may rest on a lost write.
  const kept = before.filter((operation) => !isLost(operation) && operation.kind !== 'getNum');
  assertExplained([...kept, ...after]);
  return before.filter(isLost).length;

  function describe(sample: Reached): string {
    return `revision ${sample.revision} at ${sample.offset}, promoted with ${revision} at ${offset}`;
  }
}

/** What a master has reached now. */
export async function readReached(server: RedisServer, namespace: string): Promise<Reached> {
  // In this order, so that the revision is there at the offset.
  const revision = await readRevision(server, namespace);
  return { revision, offset: await readOffset(server, 'master_repl_offset') };
}

/** What a promoted server had when it was promoted, before any later write. */
export async function readPromoted(server: RedisServer, namespace: string): Promise<Reached> {
  const revision = await readRevision(server, namespace);
  return { revision, offset: (await readOffset(server, 'second_repl_offset')) - 1 };
}

async function readRevision(server: RedisServer, namespace: string): Promise<number> {
  return Number(await server.command('HGET', `numstore:{${namespace}}:total`, 'revision'));
}

async function readOffset(server: RedisServer, name: string): Promise<number> {
  const info = String(await server.command('INFO', 'replication'));
  return Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1]);
}
