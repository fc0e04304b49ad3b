/**
 * What most people would write: a server on grpc-js with its defaults, without a limit of its own. SetNum keeps the
 * numbers, FactExact answers 8 MB whatever it is asked. Prints its log line as our server does.
 */
import { Server, ServerCredentials, type ServerWritableStream } from '@grpc/grpc-js';
import { type FactExactChunk, NumStoreExtendedService, NumStoreService } from '../../generated/numstore.ts';

const numbers = new Map<string, bigint>();
let total = 0n;
const chunk = Buffer.alloc(65_536, 1);
const chunks = 128;

const unimplemented = (_call: unknown, callback: (error: Error) => void): void =>
  callback(new Error('not part of this server'));

const server = new Server();
server.addService(NumStoreService, {
  setNum(
    { request: { key, value } }: { request: { key: string; value: bigint } },
    callback: (error: null, reply: { total: bigint }) => void,
  ) {
    total += value - (numbers.get(key) ?? 0n);
    numbers.set(key, value);
    callback(null, { total });
  },
  fact: unimplemented,
});
server.addService(NumStoreExtendedService, {
  factExact(call: ServerWritableStream<unknown, FactExactChunk>) {
    for (let sent = 0; sent < chunks; sent++) {
      call.write({ chunk, hit: false, n: 0n, byteLength: 0n, sha256: Buffer.alloc(0) });
    }
    call.end();
  },
  getNum: unimplemented,
  addNum: unimplemented,
  deleteNum: unimplemented,
  listNums: (call: ServerWritableStream<unknown, unknown>) => call.end(),
  getStats: unimplemented,
});
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  console.log(JSON.stringify({ event: 'listening', port }));
});
process.once('SIGTERM', () => process.exit());
