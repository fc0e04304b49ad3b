import { workerData } from 'node:worker_threads';
import { createEngine } from '../factorial/engine.ts';
import type { WorkerSettings } from './protocol.ts';
import { serveTasks } from './serve-tasks.ts';

const { engineFile, keptBytes }: WorkerSettings = workerData;
serveTasks(() => createEngine({ wasm: new URL(engineFile), memoryKeptBytes: keptBytes }));
