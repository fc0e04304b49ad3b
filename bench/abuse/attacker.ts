/**
 * A process that attacks. Lines in: {"name":..,"port":..,"share":..,"seconds":..}: the attack, again and again until it
 * has lasted so long; each answered by a line that says what came of the last, and how many there were. It takes no core from the others: a real attacker has none of theirs.
 */
import { createInterface } from 'node:readline';
import { goLast } from '../priority.ts';
import { findAttack } from './attacks.ts';

goLast();
for await (const line of createInterface({ input: process.stdin })) {
  const { name, port, share, seconds }: { name: string; port: number; share: number; seconds: number } =
    JSON.parse(line);
  const endAt = performance.now() + seconds * 1000;
  let outcome: string;
  let times = 0;
  do {
    outcome = await findAttack(name).run(port, share);
    times += 1;
  } while (performance.now() < endAt);
  console.log(JSON.stringify(times === 1 ? outcome : `${outcome}; ${times} times`));
}
