import { setTimeout as delay } from 'node:timers/promises';
import type { RedisPlace } from '../redis-place.ts';
import { ticksPerAnswer } from './channel.ts';
import { describeFailure, describeOpening, nextAfter, offline, redirection } from './faults.ts';
import { createRoute, type Route } from './route.ts';
import { Session, type SessionOptions, type Target } from './session.ts';

export interface LinkOptions extends SessionOptions {
  readonly place: RedisPlace;
  /** Called at each change, and while it is away with each new reason of that. */
  readonly onChange: (isServing: boolean, cause: unknown) => void;
}

const connectMsFirst = 5000;
const retryMsMin = 50;
const retryMsMax = 1000;
/** A key that is moving between two nodes has arrived by then, or takes some more turns. */
const againMs = 20;
/** Nodes that send us to each other do not agree yet. */
const hopsMax = 5;
/** Ticks between two questions to the Sentinels. */
const ticksPerQuestion = 4;

/**
 * The way to the master of our keys. It comes back by itself, to another server if need be. Commands do not: what was
 * sent on a session that breaks is rejected and never sent again; only what Redis says it has not run is asked again.
 */
export class Link {
  readonly #options: LinkOptions;
  readonly #route: Route;
  readonly #ticker: NodeJS.Timeout;
  #ticks = 0;
  /** A start is patient; later another candidate may be the master, and each is tried again. */
  #connectMsMax = connectMsFirst;
  /** Set while there are connections. */
  #session: Session | undefined;
  /** While a session is replaced by the one that a node has named; calls wait for it. */
  #moving: Promise<unknown> | undefined;
  #isClosed = false;
  /** Why it is away, once for each reason; empty while it serves. */
  readonly #reasons = new Set<string>();

  private constructor(options: LinkOptions) {
    this.#options = options;
    this.#route = createRoute(options.place, options.access, () => this.#connectMsMax);
    this.#ticker = setInterval(() => this.#onTick(), options.answerMsMax / ticksPerAnswer);
    this.#ticker.unref();
  }

  /** @throws Error if there is no master that serves the keys, or none that will without a change of ours */
  static async open(options: LinkOptions): Promise<Link> {
    const link = new Link(options);
    try {
      const session = await link.#connect();
      if (nextAfter(session.fault) === 'wait') throw session.fault;
      return link;
    } catch (error) {
      link.close();
      throw error;
    }
  }

  /**
   * Runs `work` on the session of now, and again where Redis has not run it and says where, or that it soon will.
   * @throws NumStoreError STORE_UNAVAILABLE if there is no session, so that nothing was sent; whatever `work` throws
   */
  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    for (let left = this.#options.answerMsMax / againMs; ; left -= 1) {
      if (this.#moving !== undefined) await this.#moving;
      const session = this.#session;
      if (session === undefined) throw offline();
      try {
        return await session.use(() => work(session));
      } catch (error) {
        const next = nextAfter(error);
        if (next === 'renew') this.#lose(session, error);
        const isAsked = next === 'again' || next === 'follow' || next === 'migrate';
        if (left <= 0 || !isAsked) throw error;
        if (next === 'follow') this.#follow(session, error);
        else if (next === 'migrate') await session.use(() => session.migrate());
        else await delay(againMs);
      }
    }
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#ticker);
    this.#session?.destroy();
    this.#session = undefined;
  }

  #onTick(): void {
    const session = this.#session;
    if (session === undefined) return;
    const onFailed = (cause: unknown): void => this.#onFailed(session, cause);
    session.tick(() => session === this.#session && this.#report(session.fault), onFailed);
    this.#ticks += 1;
    if (this.#ticks % ticksPerQuestion !== 0) return;
    this.#route.master().then(
      (master) => {
        const { host, port } = session.target.address;
        if (master === undefined || (master.host === host && master.port === port)) return;
        this.#lose(session, new Error(`the sentinels name another master, at ${master.host}:${master.port}`));
        // Sentinels that are away change nothing for a master that is there.
      },
      () => undefined,
    );
  }

  #onFailed(session: Session, cause: unknown): void {
    if (nextAfter(cause) === 'follow') this.#follow(session, cause);
    else this.#lose(session, cause);
  }

  /** Replaces the session by one with the server that `error` names. */
  #follow(session: Session, error: unknown): void {
    const target = redirection(error, session.target.address);
    if (session !== this.#session || target === undefined) return;
    this.#session = undefined;
    session.retire();
    this.#moving = this.#open(target)
      .catch((cause: unknown) => {
        this.#report(cause);
        void this.#reconnect();
      })
      .finally(() => {
        this.#moving = undefined;
      });
  }

  /** Gives the session up, whose server is the wrong one now or is silent, and looks for the right one. */
  #lose(session: Session, cause: unknown): void {
    // A session ends once, though more than one of its connections may say so.
    if (session !== this.#session) return;
    this.#session = undefined;
    session.retire();
    this.#report(new Error(describeFailure(cause, session.target.address), { cause }));
    void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    for (let waitMs = retryMsMin; !this.#isClosed; waitMs = Math.min(2 * waitMs, retryMsMax)) {
      try {
        await this.#connect();
        return;
      } catch (error) {
        this.#report(error);
        await delay(waitMs, undefined, { ref: false });
      }
    }
  }

  /** Opens a session with whichever candidate leads to the master. @throws Error with the reasons of all */
  async #connect(): Promise<Session> {
    const reasons: string[] = [];
    const causes: unknown[] = [];
    for (const address of await this.#route.candidates()) {
      try {
        return await this.#open({ address, isAsking: false });
      } catch (error) {
        causes.push(error);
        reasons.push(describeOpening(error, address, this.#options.access.isTls));
      }
    }
    throw new Error(reasons.join('; '), { cause: causes.length === 1 ? causes[0] : causes });
  }

  async #open(first: Target): Promise<Session> {
    let target = first;
    for (let hops = 0; ; hops += 1) {
      try {
        return await this.#openAt(target);
      } catch (error) {
        const next = redirection(error, target.address);
        if (next === undefined || hops === hopsMax) throw error;
        target = next;
      }
    }
  }

  async #openAt(target: Target): Promise<Session> {
    const options = { ...this.#options, connectMsMax: this.#connectMsMax };
    const session = await Session.open(target, options, (lost, cause) => {
      // What has no answer will have none.
      lost.destroy();
      this.#lose(lost, cause);
    });
    try {
      if (session.isCluster) await this.#route.learn(session.reads.send, target.address);
      else if (this.#options.place.masterName === undefined && this.#options.place.hosts.length > 1)
        throw new Error('it belongs to no cluster: name one server, or nodes of a cluster');
      if (this.#isClosed) throw new Error('The store was closed meanwhile');
    } catch (error) {
      session.destroy();
      throw error;
    }
    this.#session = session;
    this.#connectMsMax = this.#options.answerMsMax;
    this.#report(session.fault);
    return session;
  }

  #report(fault: unknown): void {
    if (this.#isClosed) return;
    if (fault === undefined) {
      if (this.#reasons.size > 0) this.#options.onChange(true, undefined);
      this.#reasons.clear();
      return;
    }
    const reason = fault instanceof Error ? fault.message : String(fault);
    if (this.#reasons.has(reason)) return;
    this.#reasons.add(reason);
    this.#options.onChange(false, fault);
  }
}
