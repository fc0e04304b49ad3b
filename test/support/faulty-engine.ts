/** Engines that are wrong: the committed code with one constant changed, and no code at all. */
import { readFileSync } from 'node:fs';
import { engineFile } from '../../server/factorial/instance.ts';

/**
 * The engine's code with every sqrt(1/2) a little too large: all products by transform are wrong, nothing traps
 * by itself.
 */
export function wasmWithWrongRoot(): Uint8Array<ArrayBuffer> {
  const wasm = new Uint8Array(readFileSync(engineFile()));
  const view = new DataView(wasm.buffer);
  let changed = 0;
  for (let at = 0; at + 8 <= wasm.length; at++) {
    if (Math.abs(view.getFloat64(at, true)) !== Math.SQRT1_2) continue;
    view.setFloat64(at, view.getFloat64(at, true) * 1.001, true);
    changed++;
  }
  if (changed === 0) throw new Error('Expected the engine to contain sqrt(1/2)');
  return wasm;
}

/** Bytes that are no WebAssembly. */
export function noWasm(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(16);
}
