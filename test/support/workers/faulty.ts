import { createEngine } from '../../../server/factorial/engine.ts';
import { serveTasks } from '../../../server/pool/serve-tasks.ts';

/** A worker of the pool whose engine never works: what should be its code is none. */
serveTasks(() => createEngine({ wasm: new Uint8Array(8) }));
