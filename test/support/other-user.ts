import { type SpawnOptions, spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';

/** The user and the group "nobody" of Linux. */
export const otherUser = { uid: 65_534, gid: 65_534 } as const;

/** Why no process can run as another user here; `false` if one can. */
export const skipOtherUser: string | false = reasonToSkip();

function reasonToSkip(): string | false {
  if (process.getuid?.() !== 0) return 'only root can start a process as another user';
  // The user may be unable to reach the program of Node, where it lies in a private folder.
  const probe = spawnSync(process.execPath, ['--version'], otherUser);
  return probe.status === 0 ? false : 'the user nobody cannot run Node here';
}

/** How to start a process as the other user, which keeps its own files in `home`. */
export function asOtherUser(home: string): SpawnOptions {
  chmodSync(home, 0o777);
  return { ...otherUser, env: { ...process.env, HOME: home, TMPDIR: home } };
}
