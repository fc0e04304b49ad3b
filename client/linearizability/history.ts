import { type NewOperation, type Operation, operationKinds, outcomes } from './operation.ts';

/** 54 bytes an operation. */
interface Columns {
  readonly kind: Uint8Array<ArrayBuffer>;
  readonly key: Uint32Array<ArrayBuffer>;
  readonly argument: BigInt64Array<ArrayBuffer>;
  readonly value: BigInt64Array<ArrayBuffer>;
  readonly total: BigInt64Array<ArrayBuffer>;
  readonly start: Float64Array<ArrayBuffer>;
  readonly end: Float64Array<ArrayBuffer>;
  readonly revision: Float64Array<ArrayBuffer>;
  /** outcome in bits 0 and 1, `found` in bit 2, `hit` in bit 3 */
  readonly flags: Uint8Array<ArrayBuffer>;
}

/** The columns of a history, to be posted to another thread; the rest of each column is room. */
export interface HistoryColumns extends Columns {
  readonly length: number;
}

const foundBit = 4;
const hitBit = 8;
const outcomeMask = 3;
const capacityDefault = 1024;

/** What was sent and answered, column by column, so that a million operations are no garbage. Grows by doubling. */
export class History {
  #columns: Columns;
  #length = 0;

  /** @param capacity for how many operations to make room at first */
  constructor(capacity = capacityDefault) {
    this.#columns = allocate(Math.max(1, capacity));
  }

  get length(): number {
    return this.#length;
  }

  add(operation: NewOperation): void {
    if (this.#length === this.#columns.kind.length) this.#grow();
    const at = this.#length++;
    const columns = this.#columns;
    const { found = false, hit = false } = operation;
    columns.kind[at] = operationKinds.indexOf(operation.kind);
    columns.key[at] = operation.key;
    columns.argument[at] = operation.argument ?? 0n;
    columns.value[at] = operation.value ?? 0n;
    columns.total[at] = operation.total ?? 0n;
    columns.start[at] = operation.start;
    columns.end[at] = operation.end;
    columns.revision[at] = operation.revision ?? 0;
    columns.flags[at] = outcomes.indexOf(operation.outcome) | (found ? foundBit : 0) | (hit ? hitBit : 0);
  }

  /** @throws RangeError when there is no such operation */
  at(index: number): Operation {
    if (index < 0 || index >= this.#length) throw new RangeError(`Expected an operation, got ${index}`);
    const { kind, key, argument, value, total, flags } = this.#columns;
    const bits = flags[index] ?? 0;
    return {
      kind: operationKinds[kind[index] ?? 0] ?? 'setNum',
      key: key[index] ?? 0,
      argument: argument[index] ?? 0n,
      value: value[index] ?? 0n,
      total: total[index] ?? 0n,
      start: this.start(index),
      end: this.end(index),
      outcome: outcomes[bits & outcomeMask] ?? 'unknown',
      found: (bits & foundBit) !== 0,
      hit: (bits & hitBit) !== 0,
      revision: this.revision(index),
    };
  }

  start(index: number): number {
    return this.#columns.start[index] ?? 0;
  }

  end(index: number): number {
    return this.#columns.end[index] ?? 0;
  }

  key(index: number): number {
    return this.#columns.key[index] ?? 0;
  }

  revision(index: number): number {
    return this.#columns.revision[index] ?? 0;
  }

  /** What to post to another thread; the history itself must not be used any more if its buffers are transferred. */
  columns(): HistoryColumns {
    return { length: this.#length, ...this.#columns };
  }

  /** Adds all operations of another history, such as that of another thread on the same clock and keys. */
  append({ length, ...columns }: HistoryColumns): void {
    while (this.#columns.kind.length < this.#length + length) this.#grow();
    copyInto(this.#columns, columns, { at: this.#length, length });
    this.#length += length;
  }

  #grow(): void {
    const larger = allocate(2 * this.#columns.kind.length);
    copyInto(larger, this.#columns, { at: 0, length: this.#length });
    this.#columns = larger;
  }
}

function allocate(capacity: number): Columns {
  return {
    kind: new Uint8Array(capacity),
    key: new Uint32Array(capacity),
    argument: new BigInt64Array(capacity),
    value: new BigInt64Array(capacity),
    total: new BigInt64Array(capacity),
    start: new Float64Array(capacity),
    end: new Float64Array(capacity),
    revision: new Float64Array(capacity),
    flags: new Uint8Array(capacity),
  };
}

function copyInto(to: Columns, from: Columns, { at, length }: { at: number; length: number }): void {
  to.kind.set(from.kind.subarray(0, length), at);
  to.key.set(from.key.subarray(0, length), at);
  to.argument.set(from.argument.subarray(0, length), at);
  to.value.set(from.value.subarray(0, length), at);
  to.total.set(from.total.subarray(0, length), at);
  to.start.set(from.start.subarray(0, length), at);
  to.end.set(from.end.subarray(0, length), at);
  to.revision.set(from.revision.subarray(0, length), at);
  to.flags.set(from.flags.subarray(0, length), at);
}
