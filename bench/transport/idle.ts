import { connect, type Socket } from 'node:net';
import { residentBytes, type Subject } from './subject.ts';

const greeting = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
  Buffer.from([0, 0, 0, 4, 1, 0, 0, 0, 0]),
]);

/** How much memory of `subject` each of `count` connections takes that have said hello and are idle, in bytes. */
export async function memoryPerConnection(subject: Subject, count: number): Promise<number> {
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
