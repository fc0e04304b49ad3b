import type { Link, Slot } from './link.ts';
import { failed, type Reply } from './outcome.ts';
import { type Alarm, createAlarm, createSchedule, type Schedule } from './pacer.ts';
import type { LoadPlan, RpcName } from './plan.ts';
import { isStopped, progressAt, type RunProgress } from './progress.ts';
import type { Recorder } from './recorder.ts';
import type { PreparedRequest } from './requests.ts';

/** What a thread sends its calls with. */
export interface DriverParts {
  readonly links: readonly Pick<Link, 'openSlot'>[];
  readonly nextRequest: () => PreparedRequest;
  readonly recorder: Pick<Recorder, 'record' | 'recordUnsent'>;
  /** milliseconds since the common start of all threads; negative before */
  readonly now: () => number;
  readonly progress: RunProgress;
}

/** What is left of an open loop when its time is over is still sent for so long; what then remains has failed. */
const afterMs = 2000;
const unsentMessage =
  'all calls allowed at once were under way when its time came, and until the run was over';

/** Sends the calls of one thread; resolves when the last one has ended. */
export function drive(plan: LoadPlan & { readonly thread: number }, parts: DriverParts): Promise<void> {
  return new Promise((resolve) => {
    const driver = new Driver(plan, parts, resolve);
    driver.start();
  });
}

/** One call under way after the other; all that a call needs is here, so that none makes garbage. */
interface Flight {
  readonly slot: Slot;
  rpc: RpcName;
  dueMs: number;
  readyMs: number;
  sentMs: number;
}

class Driver {
  readonly #parts: DriverParts;
  readonly #alarm: Alarm;
  readonly #schedule: Schedule | undefined;
  readonly #warmupMs: number;
  readonly #endMs: number;
  readonly #requestsMax: number;
  readonly #free: Ring<Flight>;
  readonly #onOver: () => void;
  /** calls that were sent, or given up */
  #index = 0;
  /** of these, those that are measured */
  #measured = 0;
  #underWay = 0;
  #isOver = false;

  constructor(plan: LoadPlan & { readonly thread: number }, parts: DriverParts, onOver: () => void) {
    this.#parts = parts;
    this.#onOver = onOver;
    this.#alarm = createAlarm(parts.now, () => this.#sendDue());
    this.#schedule = plan.rate === null ? undefined : createSchedule(plan.rate, plan.thread, plan.threads);
    this.#warmupMs = plan.warmupMs;
    this.#endMs = plan.durationMs === null ? Number.POSITIVE_INFINITY : plan.warmupMs + plan.durationMs;
    this.#requestsMax = plan.requests ?? Number.POSITIVE_INFINITY;
    // connection by connection in turn, not all calls of the first before the second is used
    const rounds = Array.from({ length: plan.inFlight }, () => parts.links);
    this.#free = new Ring(rounds.flat().map((link) => this.#openFlight(link)));
  }

  start(): void {
    this.#alarm.set(Math.max(0, -this.#parts.now()));
  }

  /** Sends what is due, as far as more calls are allowed. */
  #sendDue(freeSinceMs = Number.NEGATIVE_INFINITY): void {
    // to read the clock is a part of what a call costs: what was read just now will do
    let now = freeSinceMs > Number.NEGATIVE_INFINITY ? freeSinceMs : this.#parts.now();
    for (;;) {
      const dueMs = this.#schedule?.(this.#index) ?? now;
      if (this.#isLast(dueMs)) break;
      if (now >= this.#endMs + afterMs) {
        this.#giveUp(dueMs);
        now = this.#parts.now();
        continue;
      }
      if (dueMs > now) {
        this.#alarm.set(dueMs - this.#parts.now());
        return;
      }
      const flight = this.#free.take();
      if (flight === undefined) return; // the next reply comes by here
      this.#index++;
      if (dueMs >= this.#warmupMs) this.#measured++;
      this.#send(flight, dueMs, Math.max(dueMs, freeSinceMs));
      now = flight.sentMs;
    }
    this.#endSoon();
  }

  #isLast(dueMs: number): boolean {
    return dueMs >= this.#endMs || this.#measured >= this.#requestsMax || isStopped(this.#parts.progress);
  }

  #openFlight(link: Pick<Link, 'openSlot'>): Flight {
    const slot = link.openSlot((reply) => this.#end(flight, reply));
    const flight: Flight = { slot, rpc: 'SetNum', dueMs: 0, readyMs: 0, sentMs: 0 };
    return flight;
  }

  #send(flight: Flight, dueMs: number, readyMs: number): void {
    const request = this.#parts.nextRequest();
    const sentMs = this.#parts.now();
    const isOpen = this.#schedule !== undefined;
    flight.rpc = request.rpc;
    flight.dueMs = isOpen ? dueMs : sentMs;
    flight.readyMs = isOpen ? Math.min(readyMs, sentMs) : sentMs;
    flight.sentMs = sentMs;
    this.#underWay++;
    flight.slot.send(request);
  }

  #end(flight: Flight, reply: Reply): void {
    const { recorder, progress, now } = this.#parts;
    const endMs = now();
    this.#underWay--;
    recorder.record(flight.rpc, reply, flight, endMs);
    Atomics.add(progress, progressAt.ended, 1);
    if (reply.failure === undefined) {
      this.#free.put(flight);
      this.#sendDue(endMs);
      return;
    }
    Atomics.add(progress, progressAt.failed, 1);
    // not at once: calls that fail by themselves would keep the event loop from everything else
    setImmediate(() => {
      this.#free.put(flight);
      this.#sendDue(endMs);
    });
  }

  /** The run is over; what was due and never sent has failed. */
  #giveUp(dueMs: number): void {
    this.#index++;
    if (dueMs >= this.#warmupMs) this.#measured++;
    const { rpc } = this.#parts.nextRequest();
    this.#parts.recorder.recordUnsent(rpc, failed(rpc, 'NOT_SENT', unsentMessage), dueMs);
    Atomics.add(this.#parts.progress, progressAt.failed, 1);
  }

  #endSoon(): void {
    if (this.#underWay > 0 || this.#isOver) return;
    this.#isOver = true;
    this.#alarm[Symbol.dispose]();
    this.#onOver();
  }
}

/** A queue of at most as many items as it was made for; taking and putting cost the same however many there are. */
class Ring<Item> {
  readonly #items: (Item | undefined)[];
  #first = 0;
  #size = 0;

  constructor(items: readonly Item[]) {
    this.#items = [...items];
    this.#size = items.length;
  }

  /** The item that waited longest. */
  take(): Item | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#items[this.#first];
    this.#first = (this.#first + 1) % this.#items.length;
    this.#size--;
    return item;
  }

  put(item: Item): void {
    this.#items[(this.#first + this.#size) % this.#items.length] = item;
    this.#size++;
  }
}
