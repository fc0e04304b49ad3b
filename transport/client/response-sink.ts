import { GrpcError, Status } from '../grpc/status.ts';

/** Takes the responses of a call. `MessageQueue` is one, for streams. */
export interface ResponseSink {
  /** Takes a message. What it throws ends the call. */
  put(message: Buffer): void;
  /** Whether every message has been taken. */
  readonly isEmpty: boolean;
  /** The call has ended with OK. */
  end(): void;
  /** The call has failed. With `drop`, messages that wait are dropped. */
  fail(error: unknown, drop: boolean): void;
}

/** Settles a promise with the one response of a call. */
export class OneResponse<Response> implements ResponseSink {
  readonly isEmpty = true;
  readonly #deserialize: (bytes: Buffer) => Response;
  readonly #resolve: (response: Response) => void;
  readonly #reject: (error: unknown) => void;
  #count = 0;
  #response: Response | undefined;

  constructor(
    deserialize: (bytes: Buffer) => Response,
    resolve: (response: Response) => void,
    reject: (error: unknown) => void,
  ) {
    this.#deserialize = deserialize;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  put(message: Buffer): void {
    this.#count++;
    if (this.#count === 1) this.#response = this.#deserialize(message);
  }

  end(): void {
    const response = this.#response;
    if (this.#count === 1 && response !== undefined) this.#resolve(response);
    else this.#reject(new GrpcError(Status.UNIMPLEMENTED, `Expected one response, got ${this.#count}`));
  }

  fail(error: unknown): void {
    this.#reject(error);
  }
}
