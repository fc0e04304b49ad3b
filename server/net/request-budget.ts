/** How much of requests is held, and what that has cost so far. */
export interface RequestCounts {
  readonly bytes: number;
  /** How often the requests of a connection were refused for it. */
  readonly refusals: number;
}

/** The bytes of one connection that are received and not handled. */
interface RequestAccount {
  /** Counts `bytes` more, or fewer if negative. */
  add(bytes: number): void;
  /** The connection has closed. */
  close(): void;
}

/** Bounds what all connections hold together. Beyond it the largest account loses its requests. */
export interface RequestBudget {
  /** @param refuse ends the requests of the account that hold bytes */
  open(refuse: () => void): RequestAccount;
  counts(): RequestCounts;
}

/** A budget of `bytesMax` bytes, none of them taken. @param onRefused called with what was held */
export function createRequestBudget(bytesMax: number, onRefused: (bytes: number) => void): RequestBudget {
  return new Budget(bytesMax, onRefused);
}

class Budget implements RequestBudget {
  readonly #bytesMax: number;
  readonly #onRefused: (bytes: number) => void;
  readonly #accounts = new Set<Account>();
  #bytes = 0;
  #refusals = 0;
  #isScheduled = false;

  constructor(bytesMax: number, onRefused: (bytes: number) => void) {
    this.#bytesMax = bytesMax;
    this.#onRefused = onRefused;
  }

  counts(): RequestCounts {
    return { bytes: this.#bytes, refusals: this.#refusals };
  }

  open(refuse: () => void): RequestAccount {
    const account = new Account(refuse);
    this.#accounts.add(account);
    return {
      add: (bytes) => this.#add(account, bytes),
      close: () => {
        this.#add(account, -account.bytes);
        this.#accounts.delete(account);
      },
    };
  }

  /** Refuses after the current read: a request never ends in the middle of its own reading. */
  #add(account: Account, bytes: number): void {
    account.bytes += bytes;
    this.#bytes += bytes;
    if (this.#bytes <= this.#bytesMax || this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => this.#refuse());
  }

  #refuse(): void {
    this.#isScheduled = false;
    while (this.#bytes > this.#bytesMax) {
      const largest = [...this.#accounts].reduce((most, each) => (each.bytes > most.bytes ? each : most));
      const before = largest.bytes;
      largest.refuse();
      if (largest.bytes >= before) return;
      this.#refusals++;
      this.#onRefused(before);
    }
  }
}

/** What one connection holds. */
class Account {
  readonly refuse: () => void;
  bytes = 0;

  constructor(refuse: () => void) {
    this.refuse = refuse;
  }
}
