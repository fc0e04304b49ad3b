import type { Socket } from 'node:net';
import type { HeaderField } from '../hpack/field.ts';
import { type Block, RecurringBlock } from '../hpack/recurring-block.ts';
import { BaseSession } from './base-session.ts';
import { ClientCall } from './client-call.ts';
import type { CallOptions, ClientSettings } from './options.ts';
import { requestFields } from './request-fields.ts';
import type { ResponseSink } from './response-sink.ts';

const keepalivePing = Buffer.from('alive???', 'latin1');

/** Heads that are kept encoded. A client that varies its timeouts has more, and gains nothing. */
const blocksMax = 64;

/** What starting a call needs. */
export interface CallStart {
  readonly options: CallOptions;
  /** Creates the sink of the responses. It calls `onTaken` when a message has been taken. */
  readonly createSink: (onTaken: () => void) => ResponseSink;
  /** False if the call has failed while it waited. */
  readonly isWanted: () => boolean;
  readonly onOpen: (call: ClientCall) => void;
  /** The connection takes no more calls. */
  readonly onUnavailable: () => void;
}

/** One connection to a server. */
export class ClientSession extends BaseSession<ClientCall> {
  readonly #settings: ClientSettings;
  readonly #blocks = new Map<string, RecurringBlock>();
  #stopKeepalive: (() => void) | undefined;
  #silentChecks = 0;

  constructor(socket: Socket, settings: ClientSettings, onClosed: () => void) {
    super(socket, settings, {
      isRecurring,
      onClosed: () => {
        this.#stopKeepalive?.();
        onClosed();
      },
    });
    this.#settings = settings;
    this.#keepAlive();
  }

  /**
   * Begins a call, now or when the server allows one more stream.
   * @throws TypeError for metadata that cannot be sent
   */
  begin(path: string, start: CallStart): void {
    this.#open(this.#head(path, start.options), start);
  }

  #open(head: Block, start: CallStart): void {
    if (!start.isWanted()) return;
    if (this.isUsable && !this.hasRoom) {
      this.whenRoom(() => this.#open(head, start));
      return;
    }
    if (!this.isUsable) {
      start.onUnavailable();
      return;
    }
    const { options, createSink, onOpen } = start;
    const call = new ClientCall(this.nextId(), this, options, this.#settings.messageBytesMax, createSink);
    this.streams.add(call);
    call.open(head);
    onOpen(call);
  }

  #head(path: string, options: CallOptions): Block {
    if (options.metadata !== undefined) return requestFields(path, options, this.#settings);
    const key = `${options.timeoutMs ?? ''}${path}`;
    const known = this.#blocks.get(key);
    if (known !== undefined) return known;
    const block = new RecurringBlock(requestFields(path, options, this.#settings));
    if (this.#blocks.size < blocksMax) this.#blocks.set(key, block);
    return block;
  }

  /**
   * Sends a PING to a silent server while calls wait, and closes the connection without a reply.
   */
  #keepAlive(): void {
    const { clock, keepaliveMs, keepaliveTimeoutMs } = this.#settings;
    if (keepaliveMs === Number.POSITIVE_INFINITY) return;
    const stop = clock.every(Math.min(keepaliveMs, keepaliveTimeoutMs), () => this.#checkLiveness());
    this.#stopKeepalive = stop;
  }

  #checkLiveness(): void {
    const { keepaliveMs, keepaliveTimeoutMs } = this.#settings;
    const period = Math.min(keepaliveMs, keepaliveTimeoutMs);
    this.#silentChecks = this.hasReceived || this.streams.size === 0 ? 0 : this.#silentChecks + 1;
    this.hasReceived = false;
    const silentMs = this.#silentChecks * period;
    if (silentMs >= keepaliveMs + keepaliveTimeoutMs) {
      this.destroy();
    } else if (silentMs >= keepaliveMs && silentMs - period < keepaliveMs) {
      this.writer.ping(keepalivePing, false);
      this.scheduleFlush();
    }
  }
}

/** What requests repeat; timeouts and metadata vary. */
const recurring = new Set([
  ':authority',
  ':path',
  'te',
  'content-type',
  'user-agent',
  'grpc-accept-encoding',
]);
function isRecurring({ name }: HeaderField): boolean {
  return recurring.has(name);
}
