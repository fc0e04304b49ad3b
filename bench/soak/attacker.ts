import { fileURLToPath } from 'node:url';
import { attacks } from '../abuse/attacks.ts';
import { openLineProcess } from '../peers/line-process.ts';

/** A process that runs every attack in turn, again and again. */
export interface Attacker {
  /** Attacks that have ended. */
  readonly attacks: number;
  /** Waits for the attack under way, and ends the process. */
  close(): Promise<void>;
}

/**
 * Attacks the server on `port` until it is closed.
 *
 * @param share how much of each attack, at most 1
 */
export function openAttacker(port: number, share: number): Attacker {
  const file = fileURLToPath(new URL('../abuse/attacker.ts', import.meta.url));
  const child = openLineProcess(process.execPath, ['--import', 'tsx', file]);
  let isOver = false;
  let ended = 0;
  const attackInTurn = async (): Promise<void> => {
    while (!isOver) {
      const { name } = attacks[ended % attacks.length] ?? {};
      await child.ask(JSON.stringify({ name, port, share, seconds: 0 }));
      ended += 1;
    }
  };
  const attacking = attackInTurn();
  return {
    get attacks() {
      return ended;
    },
    async close() {
      isOver = true;
      await attacking;
      await child.close();
    },
  };
}
