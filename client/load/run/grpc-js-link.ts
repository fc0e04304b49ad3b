import { formatAddress } from '../../api/address.ts';
import {
  type CallOptions,
  NumStoreClientError,
  type NumStoreTypedClient,
  openClient,
} from '../../api/client.ts';
import type { Timing } from '../../api/trailers.ts';
import type { NewOperation } from '../../linearizability/operation.ts';
import type { Link, LinkOptions, Slot } from './link.ts';
import { judgeFact, plain } from './messages.ts';
import { failed, type Reply } from './outcome.ts';
import type { PreparedRequest } from './requests.ts';
import { SlotHistory } from './slot-history.ts';

/**
 * Connects by the typed client, which shows what a client library costs. Each of its connections spreads its calls
 * over all servers.
 *
 * @throws NumStoreClientError UNREACHABLE when no server answers in time
 */
export async function openGrpcJsLinks(
  options: LinkOptions,
  numbers: readonly number[],
): Promise<readonly Link[]> {
  const { servers, security, deadlineMs } = options;
  const host = servers.map(formatAddress).join();
  // a load test counts what fails; a second attempt would hide it
  const settings = { host, ...security, deadlineMs, retries: false };
  const opening = await Promise.allSettled(numbers.map(() => openClient(settings)));
  const clients = opening.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const failure = opening.find((each) => each.status === 'rejected');
  if (failure !== undefined) {
    await Promise.all(clients.map((client) => client.close()));
    throw failure.reason;
  }
  return clients.map((client) => ({
    openSlot: (onEnd) => new GrpcJsSlot(client, onEnd, options),
    [Symbol.asyncDispose]: () => client.close(),
  }));
}

/** How a call was answered: what it comes to, and what the history keeps of it. */
interface Answered {
  readonly reply: Reply;
  readonly answer: Partial<NewOperation>;
}

class GrpcJsSlot implements Slot {
  readonly #client: NumStoreTypedClient;
  readonly #onEnd: (reply: Reply) => void;
  readonly #history: SlotHistory | undefined;
  readonly #options: CallOptions;
  #timing: Timing | undefined;
  #revision = 0n;

  constructor(
    client: NumStoreTypedClient,
    onEnd: (reply: Reply) => void,
    { isTimed, historyRecorder }: Pick<LinkOptions, 'isTimed' | 'historyRecorder'>,
  ) {
    this.#client = client;
    this.#onEnd = onEnd;
    this.#history = historyRecorder === undefined ? undefined : new SlotHistory(historyRecorder);
    const onTiming = (timing: Timing): void => {
      this.#timing = timing;
    };
    const onRevision = (revision: bigint): void => {
      this.#revision = revision;
    };
    this.#options = {
      ...(isTimed ? { onTiming } : {}),
      ...(historyRecorder === undefined ? {} : { onRevision }),
    };
  }

  send(request: PreparedRequest): void {
    this.#timing = undefined;
    this.#revision = 0n;
    this.#history?.begin();
    this.#call(request).then(
      ({ reply, answer }) => {
        this.#history?.end();
        this.#history?.recordReply(request, answer, Number(this.#revision));
        this.#onEnd(this.#timing === undefined ? reply : { ...reply, timing: this.#timing });
      },
      (error: unknown) => {
        this.#history?.end();
        const { code, message } = NumStoreClientError.from(error);
        this.#history?.recordFailure(request, code);
        this.#onEnd(failed(request.rpc, code, message));
      },
    );
  }

  async #call({ rpc, key, value }: PreparedRequest): Promise<Answered> {
    switch (rpc) {
      case 'SetNum':
        return {
          reply: plain.SetNum,
          answer: { total: await this.#client.setNum(key, value, this.#options) },
        };
      case 'AddNum':
        return { reply: plain.AddNum, answer: await this.#client.addNum(key, value, this.#options) };
      case 'GetNum': {
        const found = await this.#client.getNum(key, this.#options);
        return { reply: plain.GetNum, answer: { value: found ?? 0n, found: found !== undefined } };
      }
      case 'DeleteNum': {
        const { total, deleted } = await this.#client.deleteNum(key, this.#options);
        return { reply: plain.DeleteNum, answer: { total, found: deleted } };
      }
      case 'Fact':
        return this.#fact(key);
    }
  }

  async #fact(key: string): Promise<Answered> {
    const told = await this.#client.fact(key, this.#options);
    if (told.kind === 'error') {
      return { reply: judgeFact(key, { value: 0n, hit: false, error: told.error }), answer: {} };
    }
    const { value, hit } = told;
    return { reply: judgeFact(key, { value, hit, error: '' }), answer: { value, hit, found: true } };
  }
}
