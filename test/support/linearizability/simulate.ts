import { History } from '../../../client/linearizability/history.ts';
import type { OperationKind } from '../../../client/linearizability/operation.ts';
import { type Draw, draw } from '../random.ts';
import type { Flight, Overwriting } from './flight.ts';
import { createNumberCache, type NumberCache } from './lru.ts';
import { type Answer, createModel, type Model } from './model.ts';
import type { PlantedBug, Simulation } from './plan.ts';

/** What was recorded, and whether the bug had its chance. */
export interface SimulatedRun {
  readonly history: History;
  readonly isPlanted: boolean;
}

/**
 * Clients that run concurrently on a correct server, or on one with a planted bug: each step of the clock moves one
 * client, drawn at random, by one phase. First every key is set, at last every key is read back.
 */
export function simulate(simulation: Simulation): SimulatedRun {
  return new Run(simulation).play();
}

/** As `simulate`, with the next seeds until the bug had its chance. */
export function simulatePlanted(simulation: Simulation): SimulatedRun {
  for (let seed = simulation.seed; seed < simulation.seed + 100; seed++) {
    const run = simulate({ ...simulation, seed });
    if (run.isPlanted) return run;
  }
  throw new Error(`no chance for ${simulation.bug} in a hundred runs from ${JSON.stringify(simulation)}`);
}

const foreign = 123_456_789n;

class Run {
  readonly #plan: Simulation;
  readonly #draw: Draw;
  readonly #history = new History();
  readonly #model: Model = createModel(foreign);
  readonly #cache: NumberCache;
  /** for each key what it held before its last write, and when that write was sent and answered */
  readonly #overwritten = new Map<number, Overwriting>();
  readonly #flights: (Flight | undefined)[];
  /** an odd key, so with large numbers, that nobody else writes: it shows the total after what was planted */
  readonly #witness: number;
  #again: (() => boolean) | undefined;
  #sent = 0;
  #clock = 0;
  #isPlanted = false;
  #isUrgent = false;

  constructor(plan: Simulation) {
    this.#plan = plan;
    this.#draw = draw(plan.seed);
    this.#witness = 2 * plan.keys + 1;
    const { size, policy } = plan.cache ?? { size: 10, policy: 'lru' };
    this.#cache = createNumberCache(size, policy, (end) => this.#draw.integer(0, end - 1));
    this.#flights = new Array<Flight | undefined>(plan.clients).fill(undefined);
  }

  play(): SimulatedRun {
    const { operations, keys, crashAfter, calls } = this.#plan;
    for (let key = 0; key < keys; key++) this.#alone('setNum', key);
    while (this.#sent < (crashAfter ?? operations) || this.#flights.some((flight) => flight !== undefined)) {
      if (crashAfter !== undefined && this.#sent >= crashAfter) break;
      this.#advance(this.#draw.integer(0, this.#flights.length - 1));
    }
    this.#crash();
    for (let key = 0; key < keys; key++) this.#alone(calls === 'all' ? 'getNum' : 'setNum', key);
    for (let key = 0; key < keys; key++) this.#alone('setNum', key);
    return { history: this.#history, isPlanted: this.#isPlanted };
  }

  #advance(client: number): void {
    this.#clock++;
    const flight = this.#flights[client];
    if (flight === undefined) {
      if (this.#sent < this.#plan.operations) this.#flights[client] = this.#send();
    } else if (flight.phase !== 'applied') {
      this.#serve(flight);
      if (this.#isUrgent) this.#expose(client, flight);
    } else this.#end(client, flight);
    this.#applyAgain();
  }

  /** Answers what was planted at once, and shows the total: nothing may come under way that would explain it after all. */
  #expose(client: number, flight: Flight): void {
    this.#isUrgent = false;
    this.#end(client, flight);
    this.#alone('setNum', this.#witness);
  }

  #applyAgain(): void {
    if (this.#again?.() !== true) return;
    this.#again = undefined;
    this.#isPlanted = true;
    this.#alone('setNum', this.#witness);
  }

  #end(client: number, flight: Flight): void {
    while (flight.phase !== 'applied') this.#serve(flight);
    this.#answer(flight, 'ok');
    this.#flights[client] = undefined;
  }

  #alone(kind: OperationKind, key: number): void {
    const flight = this.#newFlight(kind, key);
    while (flight.phase !== 'applied') this.#serve(flight);
    this.#answer(flight, 'ok');
    this.#applyAgain();
  }

  #crash(): void {
    for (const flight of this.#flights) {
      if (flight === undefined) continue;
      if (flight.phase === 'sent' && this.#draw.integer(0, 1) === 1) this.#serve(flight);
      this.#answer(flight, 'unknown');
    }
  }

  #send(): Flight {
    this.#sent++;
    const { calls, keys } = this.#plan;
    const key = this.#draw.integer(0, keys - 1);
    const kind = this.#draw.pick(calls === 'all' ? allCalls : exerciseCalls);
    return this.#newFlight(kind === 'fact' && !isSmall(key) ? 'setNum' : kind, key);
  }

  #newFlight(kind: OperationKind, key: number): Flight {
    const { integer, bigint } = this.#draw;
    const argument = isSmall(key) ? BigInt(integer(0, 20)) : bigint(-(2n ** 40n), 2n ** 40n);
    return { kind, key, argument, start: ++this.#clock, phase: 'sent', answer: {}, hit: false, n: -1 };
  }

  #serve(flight: Flight): void {
    this.#clock++;
    if (flight.phase === 'computing') {
      this.#cache.add(flight.n);
      flight.phase = 'applied';
    } else this.#apply(flight);
  }

  #apply(flight: Flight): void {
    const { kind, key } = flight;
    flight.phase = 'applied';
    if (kind === 'getNum' || kind === 'fact') {
      const held = this.#heldFor(flight);
      flight.answer = this.#model.read(kind, held);
      if (kind === 'fact' && flight.answer.found === true) this.#lookUp(flight, Number(held));
      return;
    }
    const before = this.#model.get(key);
    // a write that overlaps could come in the other order, and explain what is planted
    const isOrdered = (this.#overwritten.get(key)?.answeredAt ?? 0) < flight.start;
    flight.answer = this.#write(flight);
    const { start } = flight;
    this.#overwritten.set(key, { held: before, start, answeredAt: Number.POSITIVE_INFINITY });
    if (isOrdered && !this.#isBeingWritten(key, flight)) this.#plantInWrite(flight, before);
  }

  #lookUp(flight: Flight, n: number): void {
    flight.n = n;
    flight.hit = this.#cache.has(n);
    if (!flight.hit) flight.phase = 'computing';
  }

  #write({ kind, key, argument }: Flight): Answer {
    if (kind === 'deleteNum') return this.#model.delete(key);
    return kind === 'addNum' ? this.#model.add(key, argument) : this.#model.set(key, argument);
  }

  #heldFor({ key, start }: Flight): bigint | undefined {
    const held = this.#model.get(key);
    const old = this.#overwritten.get(key);
    if (!this.#mayPlant('stale read') || old === undefined || old.answeredAt >= start) return held;
    if (!canTellApart(old.held, held) || this.#isBeingWritten(key, undefined)) return held;
    this.#plant();
    return old.held;
  }

  /** Whether another write on this key is under way, which would explain what is planted. */
  #isBeingWritten(key: number, own: Flight | undefined): boolean {
    const isOther = (flight: Flight | undefined): boolean =>
      flight?.key === key && flight !== own && flight.kind !== 'getNum' && flight.kind !== 'fact';
    return this.#flights.some(isOther);
  }

  #plantInWrite({ kind, key, answer }: Flight, before: bigint | undefined): void {
    const after = this.#model.get(key);
    // small numbers come again by chance, and then another write may explain what was planted
    if (kind !== 'setNum' || isSmall(key) || before === undefined || after === undefined) return;
    if (this.#mayPlant('wrong total')) {
      Object.assign(answer, { total: (answer.total ?? 0n) + 1n });
      this.#plant();
    } else if (this.#mayPlant('lost update')) {
      this.#model.set(key, before);
      this.#plant();
    } else if (this.#mayPlant('double apply') && this.#again === undefined) {
      this.#isUrgent = true;
      const plantedAt = this.#clock + 1;
      this.#again = () => {
        if ((this.#overwritten.get(key)?.start ?? 0) <= plantedAt) return false;
        this.#model.set(key, after);
        return true;
      };
    }
  }

  #plant(): void {
    this.#isPlanted = true;
    this.#isUrgent = true;
  }

  #mayPlant(bug: PlantedBug): boolean {
    const { operations, bugFrom = operations / 2 } = this.#plan;
    return this.#plan.bug === bug && !this.#isPlanted && this.#sent >= bugFrom;
  }

  #answer({ kind, key, argument, start, answer, hit }: Flight, outcome: 'ok' | 'unknown'): void {
    const end = ++this.#clock;
    this.#history.add({ kind, key, argument, start, end, outcome, hit, ...answer });
    const old = this.#overwritten.get(key);
    if (old !== undefined && kind !== 'fact' && kind !== 'getNum') old.answeredAt = end;
  }
}

const exerciseCalls = ['setNum', 'fact'] as const;
const allCalls = ['setNum', 'fact', 'getNum', 'addNum', 'deleteNum'] as const;

/** Fact is asked about the keys with small numbers, the others make the totals unlike each other. */
const isSmall = (key: number): boolean => key % 2 === 0;

function canTellApart(a: bigint | undefined, b: bigint | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a > 1n && b > 1n && a !== b && a <= 20n && b <= 20n;
}
