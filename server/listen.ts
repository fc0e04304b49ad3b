import type { Server } from 'node:net';

/**
 * Has `server` listen on TCP; answers its port. @param port 0 takes any free one
 * @throws Error of node:net, such as EADDRINUSE
 */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new TypeError('Expected a TCP address'));
      else resolve(address.port);
    });
  });
}
