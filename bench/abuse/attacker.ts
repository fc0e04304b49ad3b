/**
 * A process that attacks. Lines in: {"name":..,"port":..,"share":..}; each answered by a line that says what came of
 * it. It yields to the others: a real attacker does not take the server's CPU from it.
 */
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { findAttack } from './attacks.ts';

setPriority(10);
for await (const line of createInterface({ input: process.stdin })) {
  const { name, port, share }: { name: string; port: number; share: number } = JSON.parse(line);
  console.log(JSON.stringify(await findAttack(name).run(port, share)));
}
