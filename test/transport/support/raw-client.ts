import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ACK, type Frame, FrameCutter, frame, preface, Type } from './frames.ts';

/** A client that sends any bytes, and reads frames. */
export class RawClient implements AsyncDisposable {
  readonly socket: Socket;
  readonly #cutter = new FrameCutter();
  readonly #frames: Frame[] = [];
  #isClosed = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#frames.push(...this.#cutter.push(chunk));
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => this.#close());
    socket.on('end', () => this.#close());
  }

  /** Connects; with `greet`, says the preface and empty settings, and acknowledges the server's. */
  static async open(port: number, greet = true): Promise<RawClient> {
    const socket = connect({ host: '127.0.0.1', port });
    await once(socket, 'connect');
    socket.setNoDelay(true);
    const client = new RawClient(socket);
    if (!greet) return client;
    client.send(preface, frame(Type.settings, 0, 0));
    await client.until(({ type, flags }) => type === Type.settings && flags === ACK);
    client.send(frame(Type.settings, ACK, 0));
    return client;
  }

  send(...parts: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  /** The next frame, or undefined when the server has closed. */
  async next(): Promise<Frame | undefined> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined || this.#isClosed) return frame;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /**
   * The next frame that is as wanted; those before it are dropped. Fails when the server closes
   * first.
   */
  async until(isWanted: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const frame = await this.next();
      if (frame === undefined) throw new Error('The server closed the connection first');
      if (isWanted(frame)) return frame;
    }
  }

  /** The code of the GOAWAY or of the RST_STREAM that comes next. */
  async fault(): Promise<{ kind: 'connection' | 'stream'; code: number }> {
    const { type, payload } = await this.until(({ type }) => type === Type.goaway || type === Type.reset);
    return type === Type.goaway
      ? { kind: 'connection', code: payload.readUInt32BE(4) }
      : { kind: 'stream', code: payload.readUInt32BE(0) };
  }

  /** The end of the response on a stream: its status and its messages' bytes. */
  async answer(streamId: number): Promise<{ fields: ReadonlyMap<string, string>; content: Buffer }> {
    const content: Buffer[] = [];
    const fields = new Map<string, string>();
    for (;;) {
      const next = await this.until((frame) => frame.streamId === streamId);
      if (next.type === Type.data) content.push(next.payload);
      for (const [name, value] of next.fields) fields.set(name, value);
      const isLast = next.type <= Type.headers && (next.flags & 1) !== 0;
      if (next.type === Type.reset || isLast) return { fields, content: Buffer.concat(content) };
    }
  }

  /** Resolves when the server has closed. */
  async closed(): Promise<void> {
    while ((await this.next()) !== undefined);
  }

  #close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.destroyed) return;
    this.socket.destroy();
    await once(this.socket, 'close');
  }
}
