import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtPeers, peersBuilt } from '../peers/built.ts';
import type { Recipe } from './subject.ts';

/** How each server that is compared is started. */

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Where the compiled server of `server.ts` is. */
export const built = join(root, 'dist/bench-transport');

/** The names that the figures to reach are about. */
export const oursName = 'native';
export const limitName = 'nghttpd';

export function ours(...args: string[]): [string, ...string[]] {
  return [process.execPath, join(built, 'bench/transport/server.js'), 'PORT', ...args];
}

/** The folder of the built peers; builds them if nobody has. */
export function preparePeers(folder: string | undefined): string {
  if (folder !== undefined || existsSync(peersBuilt)) return folder ?? peersBuilt;
  execFileSync('sh', [join(root, 'bench/peers/build.sh'), peersBuilt], { stdio: ['ignore', 2, 2] });
  return peersBuilt;
}

/** All that are measured over plain connections; nghttpd serves `folder`. */
export function plainRecipes(peers: string, folder: string): readonly Recipe[] {
  const peerRecipes = builtPeers.map(
    ({ name, file }): Recipe => ({ name, kind: 'peer', command: [join(peers, file), 'PORT'] }),
  );
  return [
    { name: oursName, kind: 'ours', command: ours('native', 'shared') },
    { name: 'native, a lock for each call', kind: 'variant', command: ours('native', 'unshared') },
    { name: 'native, no lock', kind: 'variant', command: ours('native', 'none') },
    { name: 'grpc-js', kind: 'ours', command: ours('grpc-js', 'shared') },
    ...peerRecipes,
    { name: 'node:net alone', kind: 'limit', command: ours('bare') },
    { name: limitName, kind: 'limit', command: [limitName, '--no-tls', '-d', folder, 'PORT'] },
  ];
}

/** Those over TLS, with the certificate in `folder`. */
export function secureRecipes(folder: string): readonly Recipe[] {
  const secure = (name: string): Recipe => ({
    name: `${name}, TLS`,
    kind: 'ours',
    command: ours(name, 'shared', folder),
    scheme: 'https',
  });
  return [secure('native'), secure('grpc-js')];
}
