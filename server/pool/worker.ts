import { createEngine } from '../factorial/engine.ts';
import { serveTasks } from './serve-tasks.ts';

serveTasks(createEngine());
