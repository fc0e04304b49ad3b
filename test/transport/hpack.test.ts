import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HpackDecoder } from '../../transport/hpack/decoder.ts';
import { HpackEncoder } from '../../transport/hpack/encoder.ts';
import { HpackError } from '../../transport/hpack/error.ts';
import type { HeaderField } from '../../transport/hpack/field.ts';
import { decodeHuffman, writeHuffman } from '../../transport/hpack/huffman.ts';
import { readInteger, writeInteger } from '../../transport/hpack/integer.ts';
import { count } from '../support/scale.ts';

const listBytesMax = 1 << 16;

function decode(decoder: HpackDecoder, hex: string): string {
  const bytes = Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
  return decoder
    .decode(bytes, 0, bytes.length)
    .fields.map(({ name, value }) => `${name}: ${value}`)
    .join('\n');
}

const rejects = (hex: string, bytesMax = 4096): void =>
  assert.throws(() => decode(new HpackDecoder(bytesMax, listBytesMax), hex), HpackError);

/**
 * Appendix C: hexadecimal blocks, in order on one connection, and the lists that they stand for.
 */
const examples: Readonly<
  Record<string, { bytesMax?: number; steps: readonly (readonly [string, string])[] }>
> = {
  'C.2.1 literal with indexing': {
    steps: [
      ['400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572', 'custom-key: custom-header'],
    ],
  },
  'C.2.2 literal without indexing': {
    steps: [['040c 2f73 616d 706c 652f 7061 7468', ':path: /sample/path']],
  },
  'C.2.3 literal never indexed': {
    steps: [['1008 7061 7373 776f 7264 0673 6563 7265 74', 'password: secret']],
  },
  'C.2.4 indexed': { steps: [['82', ':method: GET']] },
  'C.3 requests without Huffman': {
    steps: [
      [
        '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        ':method: GET\n:scheme: http\n:path: /\n:authority: www.example.com',
      ],
      [
        '8286 84be 5808 6e6f 2d63 6163 6865',
        ':method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\ncache-control: no-cache',
      ],
      [
        '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
        ':method: GET\n:scheme: https\n:path: /index.html\n:authority: www.example.com\ncustom-key: custom-value',
      ],
    ],
  },
  'C.4 requests with Huffman': {
    steps: [
      [
        '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
        ':method: GET\n:scheme: http\n:path: /\n:authority: www.example.com',
      ],
      [
        '8286 84be 5886 a8eb 1064 9cbf',
        ':method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\ncache-control: no-cache',
      ],
      [
        '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
        ':method: GET\n:scheme: https\n:path: /index.html\n:authority: www.example.com\ncustom-key: custom-value',
      ],
    ],
  },
  'C.5 responses without Huffman, with evictions': {
    bytesMax: 256,
    steps: [
      [
        '4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        ':status: 302\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\nlocation: https://www.example.com',
      ],
      [
        '4803 3330 37c1 c0bf',
        ':status: 307\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\nlocation: https://www.example.com',
      ],
      [
        '88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31',
        ':status: 200\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:22 GMT\nlocation: https://www.example.com\ncontent-encoding: gzip\nset-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
      ],
    ],
  },
  'C.6 responses with Huffman, with evictions': {
    bytesMax: 256,
    steps: [
      [
        '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
        ':status: 302\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\nlocation: https://www.example.com',
      ],
      [
        '4883 640e ffc1 c0bf',
        ':status: 307\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\nlocation: https://www.example.com',
      ],
      [
        '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
        ':status: 200\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:22 GMT\nlocation: https://www.example.com\ncontent-encoding: gzip\nset-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
      ],
    ],
  },
};

for (const [name, { bytesMax = 4096, steps }] of Object.entries(examples)) {
  test(`rfc 7541 ${name}`, () => {
    const decoder = new HpackDecoder(bytesMax, listBytesMax);
    for (const [hex, list] of steps) assert.equal(decode(decoder, hex), list);
  });
}

test('rfc 7541 C.1: integers', () => {
  for (const [value, prefixBits, octets] of [
    [10, 5, [10]],
    [1337, 5, [31, 154, 10]],
    [42, 8, [42]],
  ] as const) {
    const out: number[] = [];
    writeInteger(out, 0, prefixBits, value);
    assert.deepEqual(out, [...octets]);
    assert.equal(readInteger({ bytes: Buffer.from(out), at: 0, end: out.length }, prefixBits), value);
  }
});

test('rfc 7541 5.1: every integer up to 2^28 survives, with any prefix', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 28), fc.integer({ min: 1, max: 8 }), (value, prefixBits) => {
      const out: number[] = [];
      writeInteger(out, 0, prefixBits, value);
      assert.equal(readInteger({ bytes: Buffer.from(out), at: 0, end: out.length }, prefixBits), value);
    }),
  );
});

test('rfc 7541 5.1: an integer that is too large or does not end is refused', () => {
  rejects('ffffffffffffff7f');
  rejects('ff8080808000');
  rejects('ff80');
});

test('rfc 7541 5.2: every string of octets survives Huffman', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
      const text = Buffer.from(octets).toString('latin1');
      const out: number[] = [];
      writeHuffman(out, text);
      assert.equal(decodeHuffman(Uint8Array.from(out), 0, out.length), text);
    }),
  );
});

test('rfc 7541 5.2: padding must be ones, and fewer than eight', () => {
  assert.throws(() => decodeHuffman(Uint8Array.of(0x18), 0, 1), HpackError, 'padded with zeros');
  assert.throws(() => decodeHuffman(Uint8Array.of(0x1f, 0xff), 0, 2), HpackError, 'eleven ones');
  assert.equal(decodeHuffman(Uint8Array.of(0x1f), 0, 1), 'a');
});

test('rfc 7541 5.2: a coded end of string is refused', () => {
  assert.throws(() => decodeHuffman(Uint8Array.of(0xff, 0xff, 0xff, 0xff), 0, 4), HpackError);
});

test('rfc 7541 2.3.3: index 0 and an index beyond both tables are refused', () => {
  rejects('80');
  rejects('be');
  rejects('7f00');
});

test('rfc 7541 4.2: a size update beyond what we announced is refused', () => rejects('3fe21f'));
test('rfc 7541 4.2: a size update after a field is refused', () => rejects('8220'));
test('rfc 7541 4.2: more than two size updates are refused', () => rejects('20202082'));

test('rfc 7541 4.3: a size update evicts what no longer fits', () => {
  const decoder = new HpackDecoder(4096, listBytesMax);
  decode(decoder, '4003 6162 6303 6465 66');
  assert.equal(decode(decoder, 'be'), 'abc: def');
  assert.throws(() => decode(decoder, '20be'), HpackError);
});

test('rfc 7541 4.4: a field larger than the table empties it, and is no error', () => {
  const decoder = new HpackDecoder(64, listBytesMax);
  decode(decoder, '4003 6162 6303 6465 66');
  decode(decoder, `4003 6162 6328 ${'61'.repeat(40)}`);
  assert.throws(() => decode(decoder, 'be'), HpackError);
});

test('rfc 9113 10.5.1: of a list that is too large the table is kept in step', () => {
  const decoder = new HpackDecoder(4096, 40);
  const bytes = Buffer.from('400361626303646566820000'.slice(0, 20), 'hex');
  assert.equal(decoder.decode(bytes, 0, bytes.length).tooLarge, true);
  const again = Buffer.from('be', 'hex');
  assert.deepEqual(decoder.decode(again, 0, 1).fields, [{ name: 'abc', value: 'def' }]);
});

const arbitraryField: fc.Arbitrary<HeaderField> = fc.oneof(
  fc.constantFrom<HeaderField>({ name: ':method', value: 'POST' }, { name: 'te', value: 'trailers' }),
  fc.record(
    {
      name: fc.constantFrom('a', 'content-type', 'x-long-name-of-a-header'),
      value: fc.uint8Array({ maxLength: 80 }).map((octets) => Buffer.from(octets).toString('latin1')),
    },
    { noNullPrototype: true },
  ),
);

test('rfc 7541: any header lists survive the way through one encoder and one decoder, sizes changing', () => {
  const step = fc.oneof(
    { weight: 9, arbitrary: fc.array(arbitraryField, { maxLength: 12 }) },
    { weight: 1, arbitrary: fc.nat(5000) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const encoder = new HpackEncoder(({ name }) => name !== 'a');
      const decoder = new HpackDecoder(4096, 1 << 20);
      for (const next of steps) {
        if (typeof next === 'number') {
          encoder.limitTable(next);
        } else {
          const bytes = encoder.encode(next);
          assert.deepEqual(decoder.decode(bytes, 0, bytes.length).fields, next);
        }
      }
    }),
    { numRuns: count(200, 10_000) },
  );
});
