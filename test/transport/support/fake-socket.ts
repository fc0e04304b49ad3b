import { Socket } from 'node:net';

/**
 * A socket without a network: what is pushed comes in at once, what goes out is counted, shown and
 * forgotten.
 */
export class FakeSocket extends Socket {
  bytesOut = 0;
  /** Called with what goes out. */
  onBytes: (bytes: Buffer) => void = () => {};

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.bytesOut += chunk.length;
    this.onBytes(chunk);
    done();
  }

  override _final(done: () => void): void {
    done();
  }

  override _read(): void {
    // What comes in is pushed.
  }

  /** Lets `bytes` arrive. */
  receive(bytes: Buffer): void {
    this.emit('data', bytes);
  }
}
