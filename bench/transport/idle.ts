import { connect, type Socket } from 'node:net';
import { ours } from './recipes.ts';
import { residentBytes, type Subject, startSubject } from './subject.ts';

const greeting = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
  Buffer.from([0, 0, 0, 4, 1, 0, 0, 0, 0]),
]);

/** How much memory an idle connection takes, in KiB: one of ours, and a socket that nobody talks to. */
export interface IdleMemory {
  readonly connections: number;
  readonly ours: number;
  readonly socket: number;
}

const connections = 2_000;

/** @param nextPort answers a free port */
export async function measureIdle(nextPort: () => number): Promise<IdleMemory> {
  const kibOf = async (mode: string): Promise<number> => {
    const subject = await startSubject({ name: mode, kind: 'ours', command: ours(mode) }, nextPort());
    try {
      return (await memoryPerConnection(subject, connections)) / 1_024;
    } finally {
      await subject.stop();
    }
  };
  return { connections, ours: await kibOf('native'), socket: await kibOf('sockets') };
}

/** How much memory of `subject` each of `count` connections takes that have said hello and are idle, in bytes. */
async function memoryPerConnection(subject: Subject, count: number): Promise<number> {
  const sockets: Socket[] = [];
  const open = async (): Promise<void> => {
    const socket = connect({ host: '127.0.0.1', port: subject.port });
    sockets.push(socket);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.resume();
    socket.write(greeting);
  };
  await open();
  await settle();
  const before = residentBytes(subject.pid);
  for (let opened = 0; opened < count; opened += 100) await Promise.all(Array.from({ length: 100 }, open));
  await settle();
  const bytes = (residentBytes(subject.pid) - before) / count;
  for (const socket of sockets) socket.destroy();
  return bytes;
}

/** Lets what has been sent arrive and be dealt with. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2_000));
}
