/** A write as its sender sees it. It takes effect at some moment between its two times. */
interface Write {
  readonly value: bigint | undefined;
  readonly begunAt: number;
  /** Infinity until it is answered. */
  endedAt: number;
}

interface Register {
  /** Writes that the key may show now. */
  live: readonly Write[];
  /** What each read under way may return. */
  readonly reads: Set<Write[]>;
}

/**
 * Which values a read of a key may return, told by the one process that sends all writes.
 *
 * A read may return the value of any write that begins before the read ends, unless another write that was answered before
 * the read began had begun after that write was answered: that one was overwritten for sure. So no right answer counts as
 * wrong, in whatever order the server takes concurrent calls.
 */
export class PossibleValues {
  readonly #registers = new Map<string, Register>();
  #now = 0;

  /** A write begins; the function that is returned says that it has been answered. */
  write(key: string, value: bigint): () => void {
    const register = this.#register(key);
    const write: Write = { value, begunAt: ++this.#now, endedAt: Number.POSITIVE_INFINITY };
    register.live = [...register.live, write];
    for (const read of register.reads) read.push(write);
    return () => {
      write.endedAt = ++this.#now;
      register.live = register.live.filter(({ endedAt }) => endedAt >= write.begunAt);
    };
  }

  /** A read begins; the function that is returned ends it with what it may return. `undefined`: the key is missing. */
  read(key: string): () => ReadonlySet<bigint | undefined> {
    const register = this.#register(key);
    const possible = [...register.live];
    register.reads.add(possible);
    return () => {
      register.reads.delete(possible);
      return new Set(possible.map(({ value }) => value));
    };
  }

  #register(key: string): Register {
    const found = this.#registers.get(key);
    if (found !== undefined) return found;
    const missing: Write = { value: undefined, begunAt: 0, endedAt: 0 };
    const register: Register = { live: [missing], reads: new Set() };
    this.#registers.set(key, register);
    return register;
  }
}
