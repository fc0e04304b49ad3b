import { errorCode } from './client.ts';
import { openConnection, type Send } from './connection.ts';
import { createProcedures, type Procedure } from './procedures.ts';
import { type Confirm, createConfirm } from './replicas.ts';

export interface LinkOptions {
  readonly url: URL;
  readonly redisWait?: number;
  readonly answerMsMax?: number;
  readonly asScripts?: boolean;
  readonly onChange: (isUp: boolean, cause: unknown) => void;
}

type CallProcedure = (name: Procedure, keys: readonly string[], args: readonly string[]) => Promise<unknown>;

/**
 * Two connections to one Redis: WAIT holds up the one that carries the writes, and a listing would hold up its
 * answers. Reads see every acknowledged write all the same, since Redis had run it by then.
 */
export interface RedisLink {
  readonly writes: CallProcedure;
  readonly reads: CallProcedure;
  readonly confirm: Confirm;
  get(hash: string, field: string): Promise<unknown>;
  /** Gives the present connections up: another server may answer at this address now. */
  renew(cause: Error): void;
  close(): void;
}

const answerMsDefault = 2000;

/** @throws Error if Redis cannot be reached, or is not a master */
export async function openLink(options: LinkOptions): Promise<RedisLink> {
  const { url, redisWait = 0, answerMsMax = answerMsDefault, asScripts = false, onChange } = options;
  const procedures = createProcedures(asScripts);
  const up = { writes: true, reads: true };
  const open = (which: keyof typeof up) =>
    openConnection({
      url,
      answerMsMax,
      inspect: assertMaster,
      prepare: procedures.load,
      onChange: (isUp, cause) => {
        up[which] = isUp;
        onChange(up.writes && up.reads, cause);
      },
    });

  const writes = await open('writes');
  const reads = await open('reads').catch((error: unknown) => {
    writes.close();
    throw error;
  });
  return {
    writes: (...call) => procedures.call(writes.send, ...call),
    reads: (...call) => procedures.call(reads.send, ...call),
    confirm: createConfirm(writes.send, redisWait, answerMsMax / 2),
    get: (hash, field) => reads.send(['HGET', hash, field]),
    renew: (cause) => {
      writes.renew(cause);
      reads.renew(cause);
    },
    close: () => {
      writes.close();
      reads.close();
    },
  };
}

/** A replica refuses writes, and its reads lag behind what was acknowledged. */
async function assertMaster(send: Send): Promise<void> {
  let role: unknown;
  try {
    role = await send(['ROLE']);
  } catch (error) {
    // Forbidden to this user: then it stays unknown until a write is refused.
    if (errorCode(error) === 'NOPERM') return;
    throw error;
  }
  if (Array.isArray(role) && role[0] !== 'master') throw new Error('it is a replica; name the master');
}
