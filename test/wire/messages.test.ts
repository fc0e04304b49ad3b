import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { status as Status } from '@grpc/grpc-js';
import { FactResponse, SetNumRequest } from '../../generated/numstore.ts';
import { type ServedStack, serveStack } from '../support/stack.ts';
import { connect, type Wire } from '../support/wire.ts';

let stack: ServedStack;
let wire: Wire;
before(async () => {
  stack = await serveStack();
  wire = connect(stack.address);
});
after(async () => {
  wire.close();
  await stack.close();
});

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

/** The status with which the server answers these bytes. */
async function statusOf(path: string, hex: string): Promise<number> {
  const reply = await wire.raw(path, bytes(hex));
  return reply.ok ? Status.OK : reply.code;
}

test('golden bytes: SetNum and Fact are read and answered to the byte', async () => {
  // key = "A" (field 1, length 1), value = 5 (field 2); the total 5 comes back as field 1.
  assert.deepEqual(await wire.raw('/NumStore/SetNum', bytes('0a 01 41 10 05')), {
    ok: true,
    bytes: bytes('08 05'),
  });
  // 120 as a varint, and `hit` left out because it is false; then hit = true as field 2.
  assert.deepEqual(await wire.raw('/NumStore/Fact', bytes('0a 01 41')), { ok: true, bytes: bytes('08 78') });
  assert.deepEqual(await wire.raw('/NumStore/Fact', bytes('0a 01 41')), {
    ok: true,
    bytes: bytes('08 78 10 01'),
  });
  // -1 takes ten bytes; the total goes from 5 to -1.
  const minusOne = 'ff ff ff ff ff ff ff ff ff 01';
  const reply = await wire.raw('/NumStore/SetNum', bytes(`0a 01 41 10 ${minusOne}`));
  assert.deepEqual(reply, { ok: true, bytes: bytes(`08 ${minusOne}`) });
});

test('int64: both extremes travel exactly, in every field that holds one', async () => {
  await wire.setNum('A', 0n);
  for (const value of [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, -1n, 0n]) {
    // Every other key is 0, so that the total is the value itself.
    assert.equal(await wire.setNum('extreme', 0n), 0n);
    assert.equal(await wire.setNum('extreme', value), value);
    assert.equal(SetNumRequest.decode(SetNumRequest.encode({ key: 'k', value }).finish()).value, value);
    const fact = { value, hit: true, error: 'e' };
    assert.deepEqual(FactResponse.decode(FactResponse.encode(fact).finish()), fact);
  }
});

test('utf-8: ill-formed keys are refused, and do not become one key', async () => {
  for (const key of ['ff fe 41', 'c0 af 41', 'ed a0 80', '80']) {
    const length = key.split(' ').length.toString(16).padStart(2, '0');
    const reply = await wire.raw('/NumStore/SetNum', bytes(`0a ${length} ${key} 10 05`));
    assert.equal(reply.ok ? undefined : reply.code, Status.INVALID_ARGUMENT, key);
    assert.match(reply.ok ? '' : reply.details, /UTF-8/);
  }
});

test('utf-8: a byte-order mark and U+FFFD are text like any other', async () => {
  await wire.setNum('\uFEFFA', 3n);
  await wire.setNum('\uFFFD', 4n);
  assert.equal((await wire.fact('\uFEFFA')).value, 6n);
  assert.equal((await wire.fact('\uFFFD')).value, 24n);
});

test('keys: 1024 bytes are a key, 1025 are INVALID_ARGUMENT, for both calls', async () => {
  await wire.setNum('x'.repeat(1024), 1n);
  const isInvalid = { code: Status.INVALID_ARGUMENT };
  await assert.rejects(wire.setNum('x'.repeat(1025), 1n), isInvalid);
  await assert.rejects(wire.fact('x'.repeat(1025)), isInvalid);
});

test('malformed requests: what is no message of the type is INVALID_ARGUMENT', async () => {
  const malformed = {
    'a truncated string': '0a 05 41',
    'a varint of eleven bytes': `10 ${'ff '.repeat(11)}`,
  };
  for (const [what, hex] of Object.entries(malformed)) {
    assert.equal(await statusOf('/NumStore/SetNum', hex), Status.INVALID_ARGUMENT, what);
  }
});

test('unknown methods: UNIMPLEMENTED, and the message names the path', async () => {
  const reply = await wire.raw('/NumStore/Nothing', bytes(''));
  assert.equal(reply.ok ? undefined : reply.code, Status.UNIMPLEMENTED);
  assert.match(reply.ok ? '' : reply.details, /\/NumStore\/Nothing/);
});
