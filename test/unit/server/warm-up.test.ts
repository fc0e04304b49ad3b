import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPool, type Pool } from '../../../server/pool/pool.ts';
import { createHandlers, type Handlers } from '../../../server/rpc/handlers.ts';
import { combineGuards, createTokenGuard } from '../../../server/security/authorize.ts';
import { createRateGuard } from '../../../server/security/rate-limit.ts';
import type { Token } from '../../../server/security/token-file.ts';
import type { Service } from '../../../server/service/service.ts';
import { transportNames } from '../../../server/transports/transport.ts';
import { WarmUpFault } from '../../../server/warm-up/fault.ts';
import { warmUp } from '../../../server/warm-up/warm-up.ts';
import { until } from '../../support/until.ts';

let pool: Pool;
before(async () => {
  pool = await openPool({ queueLimit: 1 });
});
after(() => pool.close());

/** Resolves when this process has neither a connection nor a listener; what was closed goes within a turn. */
function noSocket(): Promise<void> {
  return until(() => !process.getActiveResourcesInfo().some((kind) => /^TCP/.test(kind)), 'no socket');
}

/** The handlers of the server, with some of them replaced. */
function replaced(change: (handlers: Handlers) => Partial<Handlers>): (service: Service) => Handlers {
  return (service) => {
    const handlers = createHandlers(service, 'memory');
    return { ...handlers, ...change(handlers) };
  };
}

/** Ten times what a fault takes to show, and time for calls of each kind. */
const callsMs = 3_000;

const never = new Promise<never>(() => undefined);

for (const transport of transportNames) {
  test(`warm-up: on ${transport} it makes calls of each kind, and the pool counts none of them`, async () => {
    const before = pool.stats();
    let called: Service | undefined;
    let runningMax = 0;
    const watched: Pick<Pool, 'apart'> = {
      apart(options) {
        const tasks = pool.apart(options);
        const run: Pool['run'] = (request, signal) => {
          const computed = tasks.run(request, signal);
          runningMax = Math.max(runningMax, pool.stats().running);
          return computed;
        };
        return { ...tasks, run };
      },
    };
    const missing: string[] = [];
    const outcome = await warmUp({
      transport,
      pool: watched,
      callsMs,
      createHandlers: (service) => {
        called = service;
        const handlers = createHandlers(service, 'memory');
        const fact: Handlers['fact'] = async (request, call) => {
          const response = await handlers.fact(request, call);
          if (response.error !== '') missing.push(request.key);
          return response;
        };
        return { ...handlers, fact };
      },
    });
    assert.deepEqual(outcome, { kind: 'done' });
    assert.deepEqual(pool.stats(), before);
    assert.equal(runningMax, 4, 'each worker has computed at the same time as the others');
    const { facts, pool: counted } = called?.counts() ?? assert.fail();
    for (const use of ['hit', 'miss', 'joined'] as const) assert.ok(facts[use] > 0, use);
    assert.ok(missing.length > 0 && new Set(missing).size === missing.length, 'keys are distinct');
    assert.equal(counted.run.count, facts.miss);
    await noSocket();
  });

  const faults: Readonly<Record<string, [change: (handlers: Handlers) => Partial<Handlers>, said: RegExp]>> =
    {
      'a total that is no sum': [
        ({ setNum }) => ({
          setNum: async (request, call) => ({ total: (await setNum(request, call)).total - 1n }),
        }),
        /^SetNum was answered wrongly: Expected the total 5, got 4$/,
      ],
      'a wrong factorial': [
        ({ fact }) => ({
          fact: async (request, call) => ({ ...(await fact(request, call)), value: 121n }),
        }),
        /^Fact of 5 was answered wrongly: Expected the value 120, got 121$/,
      ],
      'a miss that claims to be a hit': [
        ({ fact }) => ({ fact: async (request, call) => ({ ...(await fact(request, call)), hit: true }) }),
        /Expected hit false, got true$/,
      ],
      'a missing key without an error': [
        ({ fact }) => ({ fact: async (request, call) => ({ ...(await fact(request, call)), error: '' }) }),
        /^Fact of a missing key was answered wrongly/,
      ],
      'a chunk with other bytes': [
        ({ factExact }) => ({
          async *factExact(request, call) {
            for await (const message of factExact(request, call)) {
              yield { ...message, chunk: Buffer.alloc(message.chunk.length) };
            }
          },
        }),
        /^FactExact of 3810\d was answered wrongly: Expected the SHA-256/,
      ],
      'a handler that throws': [
        () => ({ setNum: () => Promise.reject(new Error('planted')) }),
        /^A call failed inside the server: Error: planted$/,
      ],
    };
  for (const [what, [change, said]] of Object.entries(faults)) {
    test(`warm-up: on ${transport} ${what} is a fault, said in one line`, async () => {
      await assert.rejects(
        warmUp({ transport, pool, callsMs, createHandlers: replaced(change) }),
        (error) => {
          assert.ok(error instanceof WarmUpFault, String(error));
          assert.match(error.message, said);
          return true;
        },
      );
      await noSocket();
    });
  }

  test(`warm-up: on ${transport} calls that are never answered are cut off at its limit, and no fault`, async () => {
    const createHandlers = replaced(() => ({ fact: () => never }));
    assert.deepEqual(await warmUp({ transport, pool, createHandlers, callsMs: 50 }), { kind: 'done' });
    await noSocket();
  });

  test(`warm-up: on ${transport} it passes guards like those of the server, with a token of its own`, async () => {
    const seen: Token[] = [];
    for (const _ of [1, 2]) {
      const outcome = await warmUp({
        transport,
        pool,
        callsMs: 50,
        createGuard: (tokens) => {
          seen.push(...tokens);
          return combineGuards([createRateGuard(Number.MAX_SAFE_INTEGER), createTokenGuard(() => tokens)]);
        },
      });
      assert.deepEqual(outcome, { kind: 'done' });
    }
    const [first, second] = seen;
    assert.ok(first !== undefined && second !== undefined && !first.digest.equals(second.digest));
  });

  test(`warm-up: on ${transport} a guard that lets nobody in is a fault`, async () => {
    const createGuardOfNobody = () => createTokenGuard(() => []);
    await assert.rejects(
      warmUp({ transport, pool, callsMs, createGuard: createGuardOfNobody }),
      /SetNum failed with UNAUTHENTICATED/,
    );
  });

  test(`warm-up: on ${transport} calls that are refused for overload end it, and are no fault`, async () => {
    const createGuard = () => createRateGuard(1);
    assert.deepEqual(await warmUp({ transport, pool, callsMs, createGuard }), { kind: 'done' });
    await noSocket();
  });
}
