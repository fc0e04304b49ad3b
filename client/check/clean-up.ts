import { DeleteNumRequest, NumStoreExtendedService } from '../../generated/numstore.ts';
import type { Session } from './session.ts';

/** Keys that are deleted at once. */
const inFlight = 32;

/** Deletes the keys of this run where the server has DeleteNum; returns what became of them, in a sentence. */
export async function cleanUp(session: Session): Promise<string> {
  const names = [...session.written];
  const { path } = NumStoreExtendedService.deleteNum;
  const pending = names.values();
  let deleted = 0;
  let isMissing = false;
  const work = async (): Promise<void> => {
    for (const name of pending) {
      const request = DeleteNumRequest.encode({ key: session.key(name) }).finish();
      const reply = await session.raw(path, Buffer.from(request));
      if (reply.kind === 'reply') deleted++;
      else if (reply.status === 'UNIMPLEMENTED') isMissing = true;
      if (isMissing) return;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  if (isMissing) return `The server has no DeleteNum: ${names.length} keys are left behind.`;
  const left = names.length - deleted;
  return `${deleted} keys were deleted${left === 0 ? '' : `, ${left} are left behind`}.`;
}
