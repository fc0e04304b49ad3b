import { type Held, isRead, type Operation } from '../operation.ts';
import { applyOperation, type Effect } from './apply.ts';
import { type Configuration, createConfiguration, type Undo } from './configuration.ts';
import { createEvents, type Events } from './events.ts';

/** What holds before the first operation of the history. */
export interface Start {
  readonly held: Extract<Held, 'absent' | 'unknown'>;
  /** the sum of all values, those of foreign keys included; undefined: learnt from the first write */
  readonly total: bigint | undefined;
}

/** How a search ended. */
export type SearchResult =
  | { readonly kind: 'found'; readonly order: readonly number[] }
  /** `longest`: the longest beginning of an order that was found, `stuck`: those of which none can come next */
  | { readonly kind: 'none'; readonly longest: readonly number[]; readonly stuck: readonly number[] }
  | { readonly kind: 'too-much' };

/**
 * Reads never change anything, so one that fits here can always come here (not so a write that would happen to change
 * nothing here: another place may need it); then the writes that have an answer; last those that may or may not have
 * taken effect.
 */
const passes = ['fits', 'answered', 'lost'] as const;
type Pass = (typeof passes)[number];

/** To take an operation costs about as much as to look at so many. */
const takeSteps = 20;

interface Step {
  readonly operation: number;
  readonly pass: Pass;
  readonly undo: Undo;
}

/**
 * Looks for one order that explains every answer: the algorithm of J. Wing and C. Gong ("Testing and Verifying
 * Concurrent Objects", J. Parallel Distrib. Comput. 17, 1993) with the memory of G. Lowe ("Testing for
 * Linearizability", Concurrency Computat. 29, 2017): a configuration that was reached before is not tried again.
 * Operations whose answer was lost may come anywhere after their start, or never, without a limit on how many are
 * tried: what is not found within `stepsMax` is too much, never wrong.
 */
export function searchOrder(operations: readonly Operation[], start: Start, stepsMax: number): SearchResult {
  return new Search(operations, start).run(stepsMax);
}

class Search {
  readonly #operations: readonly Operation[];
  readonly #events: Events;
  readonly #now: Configuration;
  readonly #stack: Step[] = [];
  readonly #seen = new Set<string>();
  #longest: readonly number[] = [];
  #stuck: readonly number[] = [];
  #pending: number;

  constructor(operations: readonly Operation[], start: Start) {
    this.#operations = operations;
    this.#events = createEvents(operations);
    this.#now = createConfiguration(start.held, start.total);
    this.#pending = operations.filter(({ outcome }) => outcome === 'ok').length;
  }

  run(stepsMax: number): SearchResult {
    let event = this.#events.first();
    let pass: Pass = 'fits';
    for (let steps = 0; this.#pending > 0; steps++) {
      if (steps > stepsMax) return { kind: 'too-much' };
      const operation = this.#events.called(event);
      if (operation === undefined) {
        const next: Pass | undefined = passes[passes.indexOf(pass) + 1];
        if (next !== undefined) {
          [event, pass] = [this.#events.first(), next];
          continue;
        }
        const undone = this.#backtrack();
        if (undone === undefined) return { kind: 'none', longest: this.#longest, stuck: this.#stuck };
        [event, pass] = [this.#events.after(undone.operation), undone.pass];
        continue;
      }
      if (this.#try(operation, pass)) {
        steps += takeSteps;
        [event, pass] = [this.#events.first(), 'fits'];
      } else event = this.#events.after(event);
    }
    return { kind: 'found', order: this.#stack.map(({ operation }) => operation) };
  }

  /** Takes the operation as the next of the order, if it belongs to this pass, fits, and leads to something new. */
  #try(index: number, pass: Pass): boolean {
    const operation = this.#operations[index];
    if (operation === undefined || (operation.outcome === 'unknown') !== (pass === 'lost')) return false;
    const held = this.#now.held(operation.key);
    const effect = applyOperation(operation, held, this.#now.total);
    if (effect === undefined) return false;
    if ((pass === 'fits') !== (isRead(operation) && this.#now.total !== undefined)) return false;
    if (pass === 'lost' && effect.held === held) return false;
    return this.#take(index, operation, { effect, pass });
  }

  #take(index: number, operation: Operation, { effect, pass }: { effect: Effect; pass: Pass }): boolean {
    const undo = this.#now.step(index, operation, effect);
    if (pass !== 'fits') {
      const fingerprint = this.#now.fingerprint();
      if (this.#seen.has(fingerprint)) {
        this.#now.undo(index, undo);
        return false;
      }
      this.#seen.add(fingerprint);
    }
    this.#stack.push({ operation: index, pass, undo });
    this.#events.lift(index);
    if (operation.outcome === 'ok') this.#pending--;
    return true;
  }

  /** Takes back the last step that had an alternative; undefined when there is none. */
  #backtrack(): Step | undefined {
    if (this.#stack.length > this.#longest.length || this.#stuck.length === 0) this.#remember();
    for (let step = this.#stack.pop(); step !== undefined; step = this.#stack.pop()) {
      this.#events.putBack(step.operation);
      this.#now.undo(step.operation, step.undo);
      if (this.#operations[step.operation]?.outcome === 'ok') this.#pending++;
      if (step.pass !== 'fits') return step;
    }
    return undefined;
  }

  #remember(): void {
    this.#longest = this.#stack.map(({ operation }) => operation);
    const stuck: number[] = [];
    for (let event = this.#events.first(); ; event = this.#events.after(event)) {
      const operation = this.#events.called(event);
      if (operation === undefined) break;
      stuck.push(operation);
    }
    this.#stuck = stuck;
  }
}
