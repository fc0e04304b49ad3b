/**
 * A process that is a well-behaved client: SetNum every 2 ms on one connection, whether or not the last was answered,
 * and now and then one on a connection of its own. So all calls that a stalled server keeps waiting are counted.
 *
 * Lines in, each answered by one line: a port starts it; `stop` answers {"samples":[ms],"errors":[..]}.
 */
import { createInterface } from 'node:readline';
import { goFirst } from '../priority.ts';
import { setNum } from '../tail/calls.ts';
import { type GrpcConnection, openGrpc } from '../tail/grpc.ts';

const everyMs = 2;
const freshEveryMs = 250;

interface Findings {
  readonly samples: number[];
  readonly errors: string[];
}

class Probe {
  readonly #port: number;
  readonly #grpc: GrpcConnection;
  readonly #findings: Findings = { samples: [], errors: [] };
  readonly #underWay = new Set<Promise<void>>();
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(port: number) {
    this.#port = port;
    this.#grpc = openGrpc(port);
  }

  async start(): Promise<void> {
    await setNum(this.#grpc, 'probe', 0n);
    let dueAt = performance.now();
    const sendDue = (): void => {
      for (const now = performance.now(); dueAt <= now; dueAt += everyMs) this.#track(this.#call());
    };
    this.#timers.push(setInterval(sendDue, 1));
    this.#timers.push(setInterval(() => this.#track(this.#callAfresh()), freshEveryMs));
  }

  async stop(): Promise<Findings> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#underWay);
    this.#grpc.close();
    return this.#findings;
  }

  #track(call: Promise<void>): void {
    this.#underWay.add(call);
    void call.finally(() => this.#underWay.delete(call));
  }

  async #call(): Promise<void> {
    const sentAt = performance.now();
    try {
      await setNum(this.#grpc, 'probe', 1n);
      this.#findings.samples.push(performance.now() - sentAt);
    } catch (error) {
      this.#findings.errors.push(String(error));
    }
  }

  /** Not among the samples: a connection costs more than a call. */
  async #callAfresh(): Promise<void> {
    const grpc = openGrpc(this.#port);
    try {
      await setNum(grpc, 'probe', 1n);
    } catch (error) {
      this.#findings.errors.push(`on a new connection: ${String(error)}`);
    } finally {
      grpc.close();
    }
  }
}

goFirst();
let probe: Probe | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'stop') {
    console.log(JSON.stringify(await probe?.stop()));
  } else {
    probe = new Probe(Number(line));
    await probe.start();
    console.log('{}');
  }
}
