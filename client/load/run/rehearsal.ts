import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { drive } from './driver.ts';
import { openLightLinks } from './light-link.ts';
import type { LoadPlan } from './plan.ts';
import { createProgress } from './progress.ts';
import { Recorder } from './recorder.ts';
import { createRequests } from './requests.ts';

/** The first call takes some 5 ms, and from about the 30th on a call takes less than 0.1 ms. */
const calls = 32;

/**
 * Runs the loop of this thread against itself, so that no compiler runs while the clock does. The server under test
 * gets no request for it: what answers is a socket of this thread.
 */
export async function rehearse(plan: LoadPlan, thread: number): Promise<void> {
  const server = createServer(answerAll).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('Expected a TCP address');
  const { deadlineMs, isTimed } = plan;
  const servers = [{ host: '127.0.0.1', port: address.port, isEach: false }];
  const links = await openLightLinks({ servers, security: {}, deadlineMs, isTimed }, [0]);
  const [startMs, recorder] = [performance.now(), new Recorder(plan)];
  await drive(
    { ...plan, thread, inFlight: 1, rate: null, warmupMs: 0, durationMs: null, requests: calls },
    {
      links,
      nextRequest: createRequests(plan, thread),
      recorder,
      now: () => performance.now() - startMs,
      progress: createProgress(),
    },
  );
  recorder.build();
  for (const link of links) await link[Symbol.asyncDispose]();
  server.close();
}

const prefaceBytes = 24;
const headBytes = 9;
const dataType = 0;
const settingsType = 4;

/** Answers each call alike, without looking at it: just enough of HTTP/2 (RFC 9113) for a loop of our own. */
function answerAll(socket: Socket): void {
  let pending = Buffer.alloc(0);
  let at = prefaceBytes;
  socket.write(frame(settingsType, 0, 0));
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (; pending.length >= at + headBytes; at += headBytes + pending.readUIntBE(at, 3)) {
      const [type, flags] = [pending[at + 3], pending[at + 4]];
      if (type === settingsType && flags === 0) socket.write(frame(settingsType, 1, 0));
      // the DATA of a request is its last frame
      if (type === dataType) socket.write(answerTo(pending.readUInt32BE(at + 5)));
    }
    const read = Math.min(at, pending.length);
    pending = pending.subarray(read);
    at -= read;
  });
  socket.on('error', () => socket.destroy());
}

/** `:status 200` and `content-type application/grpc`, then `grpc-status 0` (RFC 7541 6.1, 6.2.2). */
const head = Buffer.from('\x88\x0f\x10\x10application/grpc', 'latin1');
const trailers = Buffer.from('\x00\x0bgrpc-status\x010', 'latin1');
/** Field 1 is 1: the total of a SetNum, and 0! as a Fact has it. */
const message = Buffer.from([0, 0, 0, 0, 2, 0x08, 1]);

function answerTo(id: number): Buffer {
  return Buffer.concat([frame(1, 4, id, head), frame(dataType, 0, id, message), frame(1, 5, id, trailers)]);
}

function frame(type: number, flags: number, id: number, content = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(headBytes);
  bytes.writeUIntBE(content.length, 0, 3);
  bytes.writeUInt8(type, 3);
  bytes.writeUInt8(flags, 4);
  bytes.writeUInt32BE(id, 5);
  return Buffer.concat([bytes, content]);
}
