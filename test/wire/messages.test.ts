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
    'field 0 after the key': '0a 01 41 00 10 05',
    'field 0, and no key': '00',
    'the end of a group that never began, and no key': '10 05 0c',
    'a tag of more than 32 bits, and no key': '10 05 80 80 80 80 10 05',
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

test('wire doctor: a request by other field numbers is refused, and told which field came and which are expected', async () => {
  const strange = {
    'key = 2, value = 3': [
      '12 01 41 18 05',
      /field 2 \(length-delimited\).* key = 1 \(length-delimited\), value = 2 \(a varint\)/,
    ],
    'key and value swapped': ['08 05 12 01 41', /field 1 \(a varint\)/],
    'a double for the value': ['11 00 00 00 00 00 00 14 40', /field 2 \(64 bits\)/],
  } as const;
  for (const [what, [hex, expected]] of Object.entries(strange)) {
    const reply = await wire.raw('/NumStore/SetNum', bytes(hex));
    assert.equal(reply.ok ? undefined : reply.code, Status.INVALID_ARGUMENT, what);
    assert.match(reply.ok ? '' : reply.details, expected, what);
  }
  assert.equal(await statusOf('/NumStore/Fact', '12 01 41'), Status.INVALID_ARGUMENT);
});

test('wire doctor: the empty key is a key, and fields of a later .proto are none of our business', async () => {
  assert.equal(await statusOf('/NumStore/SetNum', ''), Status.OK);
  assert.equal(await statusOf('/NumStore/SetNum', '10 05'), Status.OK);
  assert.equal(await statusOf('/NumStore/SetNum', '0a 00 10 00'), Status.OK);
  assert.equal(await statusOf('/NumStore/SetNum', '0a 01 41 10 05 1a 01 42'), Status.OK);
});

test('wire doctor: a path with a package or in other letters is told the right one', async () => {
  for (const path of ['/p2.NumStore/SetNum', '/NumStore/setNum', '/numstore.v1.numstore/setnum']) {
    const reply = await wire.raw(path, bytes('0a 01 41'));
    assert.equal(reply.ok ? undefined : reply.code, Status.UNIMPLEMENTED, path);
    assert.ok(!reply.ok && reply.details.includes(`${path}, but /NumStore/SetNum`), path);
  }
});

test('wire doctor: a path that is not served is repeated up to 200 characters', async () => {
  const reply = await wire.raw(`/${'a'.repeat(3_900)}`, bytes('0a 01 41'));
  assert.equal(reply.ok ? undefined : reply.code, Status.UNIMPLEMENTED);
  assert.equal(reply.ok ? undefined : reply.details, `The server does not implement /${'a'.repeat(199)}...`);
});
