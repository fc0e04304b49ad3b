/** The engine's WebAssembly: which build, and the typed door to one instance of it. */
import { readFileSync } from 'node:fs';

/** One instance. All functions may throw: what `poll` threw, or a trap. */
export interface EngineInstance {
  readonly memoryBytes: () => number;
  readonly factorial: (n: number, limbs: number) => Uint8Array;
  readonly extend: (m: number, bytes: Uint8Array, n: number, limbs: number) => Uint8Array;
  readonly multiply: (a: Uint8Array, b: Uint8Array) => Uint8Array;
}

/** The committed engine, beside this module. A bundle must get the URL from outside. */
export function engineFile(): URL {
  return new URL('./engine/engine.wasm', import.meta.url);
}

/** Compiles the engine from its file or its bytes. */
export function compile(wasm: URL | Uint8Array<ArrayBuffer>): WebAssembly.Module {
  return new WebAssembly.Module(wasm instanceof URL ? new Uint8Array(readFileSync(wasm)) : wasm);
}

/** Makes an instance; the bytes that its functions answer lie in its memory and last until the next call. */
export function instantiate(module: WebAssembly.Module, poll: () => void): EngineInstance {
  const { exports } = new WebAssembly.Instance(module, { host: { poll } });
  const memory = exports['memory'];
  if (!(memory instanceof WebAssembly.Memory))
    throw new TypeError('Expected the engine to export its memory');
  const call = (name: string) => {
    const found = exports[name];
    if (typeof found !== 'function') throw new TypeError(`Expected the engine to export ${name}`);
    return (...args: readonly number[]): number => Number(found(...args)) >>> 0;
  };
  const [factorial, extend, place] = [call('factorial'), call('extend'), call('place')];
  const [product, square, resultBytes] = [call('product'), call('square'), call('resultBytes')];
  const result = (at: number) => new Uint8Array(memory.buffer, at, resultBytes());
  const input = (limbs: number, ...parts: readonly Uint8Array[]): number => {
    const at = place(
      parts.reduce((sum, part) => sum + part.length, 0),
      limbs,
    );
    let to = at;
    for (const part of parts) {
      new Uint8Array(memory.buffer).set(part, to);
      to += part.length;
    }
    return at;
  };
  return {
    memoryBytes: () => memory.buffer.byteLength,
    factorial: (n, limbs) => result(factorial(n, limbs)),
    extend: (m, bytes, n, limbs) => result(extend(input(limbs, bytes), bytes.length, m, n)),
    multiply: (a, b) => {
      const limbs = Math.ceil((a.length + b.length) / 4) + 1;
      if (a === b) return result(square(input(2 * limbs, a), a.length));
      return result(product(input(limbs, a, b), a.length, b.length));
    },
  };
}
