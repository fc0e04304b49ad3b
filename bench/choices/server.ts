/**
 * A process that serves one of the variants on the native transport: server.ts CHOICE. It prints its port, and ends when
 * its standard input does.
 */
import { once } from 'node:events';
import { createHandlers } from '../../server/rpc/handlers.ts';
import { openServer } from '../../server/server.ts';
import { choiceNames } from './choices.ts';
import { openVariant } from './variants.ts';

const drainMs = 1000;

const name = choiceNames.find((known) => known === process.argv[2]);
if (name === undefined)
  throw new TypeError(`Expected a name among ${choiceNames.join(', ')}, got ${process.argv[2]}`);
const variant = await openVariant(name);
const server = await openServer({
  host: '127.0.0.1',
  port: 0,
  transport: 'native',
  handlers: createHandlers(variant.service, 'memory'),
  onInternalError: (id, error) => console.error(id, error),
  onConnectionKilled: (error) => console.error(error),
});
console.log(server.port);
process.stdin.resume();
await once(process.stdin, 'end');
await server.close(drainMs);
await variant.close();
