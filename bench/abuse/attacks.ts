import type { Attack } from './attack.ts';
import { calls } from './attacks/calls.ts';
import { connections } from './attacks/connections.ts';
import { floods } from './attacks/floods.ts';
import { fuzzing } from './attacks/fuzz.ts';
import { headerLists } from './attacks/header-lists.ts';
import { incomplete } from './attacks/incomplete.ts';
import { notHttp2 } from './attacks/not-http2.ts';

/** Every attack there is, in the order of the table. */
export const attacks: readonly Attack[] = [
  ...notHttp2,
  ...floods,
  ...headerLists,
  ...connections,
  ...calls,
  ...incomplete,
  ...fuzzing,
];

/** @throws TypeError if there is none of that name */
export function findAttack(name: string): Attack {
  const attack = attacks.find((candidate) => candidate.name === name);
  if (attack === undefined) throw new TypeError(`Expected the name of an attack, got "${name}"`);
  return attack;
}
