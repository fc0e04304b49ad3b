import { connect } from 'node:net';
import { basename } from 'node:path';

/** A process that accepts but does not answer for so long is stopped, not dead. */
const answerMsMax = 2000;

/**
 * What the process behind the socket at `path` says of itself: empty if it is not an owner (yet), `undefined` if
 * nobody listens there any more.
 */
export function probe(path: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let greeting = '';
    socket.setEncoding('utf8');
    socket.setTimeout(answerMsMax, () => {
      resolve('a process that does not answer');
      socket.destroy();
    });
    socket.on('data', (text) => {
      greeting += text;
    });
    socket.once('end', () => {
      resolve(greeting);
      socket.destroy();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(undefined);
      // It was alive a moment ago; to take it for dead could make two owners.
      // Sockets are open to every user by now; this one was made by an older version.
      else if (error.code === 'EACCES')
        resolve(`another user (delete ${basename(path)} if its process has ended)`);
      else if (error.code === 'ECONNRESET' || error.code === 'EPIPE' || error.code === 'EAGAIN') resolve('');
      else reject(error);
    });
  });
}
