import fc from 'fast-check';
import {
  AddNumRequest,
  DeleteNumRequest,
  FactExactRequest,
  FactRequest,
  GetNumRequest,
  ListNumsRequest,
  SetNumRequest,
} from '../../../generated/numstore.ts';
import { data, headers, message, request } from '../../../test/transport/support/frames.ts';
import type { Attack } from '../attack.ts';
import { Peer, summary } from '../peer.ts';

const key = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.constantFrom('', 'A', 'B'));
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

interface Valid {
  readonly path: string;
  readonly bytes: Uint8Array;
}
const valid = (path: string, bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Valid> =>
  bytes.map((encoded) => ({ path, bytes: encoded }));

const call = fc.oneof(
  valid(
    '/NumStore/SetNum',
    fc.record({ key, value: int64 }).map((fields) => SetNumRequest.encode(fields).finish()),
  ),
  valid(
    '/NumStore/Fact',
    fc.record({ key }).map((fields) => FactRequest.encode(fields).finish()),
  ),
  valid(
    '/NumStoreExtended/FactExact',
    fc.record({ key }).map((fields) => FactExactRequest.encode(fields).finish()),
  ),
  valid(
    '/NumStoreExtended/GetNum',
    fc.record({ key }).map((fields) => GetNumRequest.encode(fields).finish()),
  ),
  valid(
    '/NumStoreExtended/AddNum',
    fc.record({ key, delta: int64 }).map((fields) => AddNumRequest.encode(fields).finish()),
  ),
  valid(
    '/NumStoreExtended/DeleteNum',
    fc.record({ key }).map((fields) => DeleteNumRequest.encode(fields).finish()),
  ),
  valid(
    '/NumStoreExtended/ListNums',
    fc
      .record({ prefix: key, startAfter: key, limit: fc.bigInt({ min: 0n, max: 10n }) })
      .map((fields) => ListNumsRequest.encode(fields).finish()),
  ),
);

/** One fault at a place that wraps round, so that it hits frames of every length. */
const fault = fc.record({
  kind: fc.constantFrom('bit', 'byte', 'cut', 'insert', 'repeat', 'drop'),
  at: fc.nat(100_000),
  byte: fc.nat(255),
});
type Fault = typeof fault extends fc.Arbitrary<infer T> ? T : never;

function spoil(bytes: Buffer, { kind, at, byte }: Fault): Buffer {
  const place = at % Math.max(1, bytes.length);
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
  switch (kind) {
    case 'bit':
      return Buffer.concat([before, Buffer.from([(after[0] ?? 0) ^ (1 << (byte % 8))]), after.subarray(1)]);
    case 'byte':
      return Buffer.concat([before, Buffer.from([byte]), after.subarray(1)]);
    case 'cut':
      return before;
    case 'insert':
      return Buffer.concat([before, Buffer.from([byte]), after]);
    case 'repeat':
      return Buffer.concat([before, after, after]);
    case 'drop':
      return Buffer.concat([before, after.subarray(1)]);
  }
}

/** A call whose message, or its prefix of length and flag, has one to four faults. */
const spoilt = fc
  .record({ call, faults: fc.array(fault, { minLength: 1, maxLength: 4 }), inMessage: fc.boolean() })
  .map(({ call: { path, bytes }, faults, inMessage }) => {
    const content = inMessage
      ? message(faults.reduce(spoil, Buffer.from(bytes)))
      : faults.reduce(spoil, message(bytes));
    return { path, content };
  });

/** Calls under way at once on the one connection. */
const inFlight = 100;
const answerWithinMs = 10_000;

/** A server that leaves calls without an answer is waited for so long, in all. */
const fuzzMs = 60_000;

async function fuzz(
  port: number,
  cases: number,
  seed: number,
): Promise<{ readonly peers: readonly Peer[]; readonly sent: number }> {
  const endAt = performance.now() + fuzzMs;
  const peers: Peer[] = [];
  let peer = await Peer.open(port);
  peers.push(peer);
  let id = 1;
  let done = 0;
  for (; done < cases && performance.now() < endAt; done += inFlight) {
    const numRuns = Math.min(inFlight, cases - done);
    const before = peer.answers;
    const batch = fc.sample(spoilt, { numRuns, seed: seed + done }).flatMap(({ path, content }) => {
      const bytes = [headers(id, request(path)), data(id, content)];
      id += 2;
      return bytes;
    });
    await peer.send(...batch);
    await peer.heard(before + numRuns, answerWithinMs);
    if (peer.isClosed) {
      peer = await Peer.open(port);
      peers.push(peer);
      id = 1;
    }
  }
  return { peers, sent: Math.min(done, cases) };
}

/** Messages that are almost right. */
export const fuzzing: readonly Attack[] = [
  {
    name: 'protobuf fuzz',
    what: '100 000 messages with one to four faults each, 100 in flight, for 60 s',
    async run(port, share) {
      const seed = Math.floor(Math.random() * 2 ** 31);
      const { peers, sent } = await fuzz(port, 100_000 * share, seed);
      const outcome = `seed ${seed}, ${sent} sent: ${summary(peers)}`;
      for (const peer of peers) peer.destroy();
      return outcome;
    },
  },
];
