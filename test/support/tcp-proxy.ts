import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** One address behind which another server can take over, as a proxy or a name in the DNS has it. */
export interface TcpProxy {
  readonly port: number;
  /** New connections lead there; those that are open stay. */
  leadTo(port: number): void;
  /** The same behind the next connection, which leads where the last one did. */
  leadNextTo(port: number): void;
  /** Ends the open connection that was made as number `index`, or all of them. */
  cut(index?: number): void;
  close(): Promise<void>;
}

export async function startProxy(target: number): Promise<TcpProxy> {
  let port = target;
  let next = target;
  let open: Socket[] = [];
  const server = createServer((socket) => {
    const upstream = connect(port, '127.0.0.1');
    port = next;
    open.push(socket);
    socket.pipe(upstream).pipe(socket);
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => {
        other.destroy();
        open = open.filter((each) => each !== socket);
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address');
  const cut = (index?: number): void => {
    for (const socket of index === undefined ? open : open.slice(index, index + 1)) socket.destroy();
  };
  return {
    port: address.port,
    leadTo(target) {
      port = target;
      next = target;
    },
    leadNextTo(target) {
      next = target;
    },
    cut,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
