/** The bytes of one connection that are received and not handled. */
export interface RequestAccount {
  /** Counts `bytes` more, or fewer if negative. */
  add(bytes: number): void;
  /** The connection has closed: nothing of it is held any more. */
  close(): void;
}

/** Bounds what is received and not handled, over all connections. */
export interface RequestBudget {
  /**
   * Opens the account of a connection.
   * @param refuse ends the requests that hold bytes: called beyond the bound for the largest account
   */
  open(refuse: () => void): RequestAccount;
}

/** Bounds nothing. */
export const unboundedRequests: RequestBudget = { open: () => ({ add() {}, close() {} }) };

/** The received bytes of one connection, counted with those of the others. */
export class ReceivedBytes {
  readonly #bytesMax: number;
  readonly #account: RequestAccount;
  #bytes = 0;

  constructor(bytesMax: number, account: RequestAccount) {
    this.#bytesMax = bytesMax;
    this.#account = account;
  }

  get isExceeded(): boolean {
    return this.#bytes > this.#bytesMax;
  }

  add(bytes: number): void {
    if (bytes === 0) return;
    this.#bytes += bytes;
    this.#account.add(bytes);
  }

  close(): void {
    this.#account.close();
  }
}
