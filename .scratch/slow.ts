import { openEcho } from '../test/transport/support/echo.ts';
import { data, frame, headers, message, request, setting, Type, word } from '../test/transport/support/frames.ts';
import { RawClient } from '../test/transport/support/raw-client.ts';
const server = await openEcho(undefined, { limits: { unsentBytes: 10_000, connectionWindowBytes: 70_000 }, onInternalError: console.error });
const client = await RawClient.open(server.port);
client.send(frame(Type.settings, 0, 0, setting(4, 2 ** 30)), frame(Type.window, 0, 0, word(2 ** 30)));
client.socket.pause();
const content = message(Buffer.alloc(16_000, 1));
for (let id = 1; id < 1_000; id += 2) client.send(headers(id, request('/test.Echo/Unary')), data(id, content));
client.socket.resume();
let n = 0; const kinds: Record<string, number> = {};

const answered = new Set(); while (answered.size < 500) { const { streamId } = await client.until(({ fields }) => fields.get('grpc-status') === '0'); answered.add(streamId); } console.log('all');await client[Symbol.asyncDispose](); console.log('client'); await server.close(); console.log('server');
console.log('closed', n, kinds);
process.exit();
