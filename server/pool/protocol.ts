/** What the pool tells a worker: compute `n`!. A worker has one task at a time. */
export interface Task {
  readonly n: number;
}

/** What a worker tells the pool. A fault has no message: it ends the thread, and the pool sees that. */
export type Reply =
  /** warm, and free for its first task */
  | { readonly kind: 'ready' }
  /** n! as unsigned big-endian bytes; `runMs` is the time that the computation took */
  | { readonly kind: 'done'; readonly bytes: Uint8Array<SharedArrayBuffer>; readonly runMs: number };
