import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf, parseTokens } from '../../../../server/security/token-file.ts';

const reader = 'reader-0123456789abcdef';
const writer = 'writer-0123456789abcdef';

test('tokens: each line is an access and a token; comments, blank lines and spaces around do not count', () => {
  const text = `# who may what\n\nread-only ${reader}\r\n  read-write\t${writer}  \n#read-write no-longer-0123456789\n`;
  assert.deepEqual(parseTokens(text), {
    tokens: [
      { access: 'read-only', digest: digestOf(reader) },
      { access: 'read-write', digest: digestOf(writer) },
    ],
    faults: [],
  });
});

test('tokens: what is wrong is told by the line, all of it, and no token is quoted', () => {
  const wrong = [
    'admin abcdefghijklmnopqrstuv',
    'read-only',
    'read-only short-secret',
    `read-only ${'x'.repeat(4097)}`,
    `read-only ${reader} trailing-secret`,
    'read-write secret,with,commas',
    'secret-that-stands-alone',
    'read-write =secret-0123456789',
  ];
  for (const line of wrong) {
    const { tokens, faults } = parseTokens(`read-only ${reader}\n\n${line}\n`);
    assert.equal(tokens.length, 1, line);
    assert.equal(faults.length, 1, line);
    assert.match(faults[0] ?? '', /^Line 3: Expected /);
    for (const word of line.split(' ').slice(1))
      assert.ok(!faults[0]?.includes(word), `${faults[0]}: ${word}`);
    assert.doesNotMatch(faults[0] ?? '', /secret/);
  }
  assert.equal(parseTokens(`${wrong.join('\n')}\n`).faults.length, wrong.length);
});

test('tokens: one that stands there twice is a fault, since it would be unclear what it allows', () => {
  const { faults } = parseTokens(`read-only ${reader}\nread-write ${reader}\n`);
  assert.deepEqual(faults, ['Line 2: Expected another token than that of line 1']);
});

test('tokens: a file without any is a fault, for nobody could call; so are more than 64', () => {
  assert.equal(parseTokens('').faults.length, 1);
  assert.equal(parseTokens('# nothing\n').faults.length, 1);
  const lines = Array.from({ length: 65 }, (_, index) => `read-only ${reader}-${index}`);
  assert.equal(parseTokens(lines.slice(1).join('\n')).faults.length, 0);
  assert.equal(parseTokens(lines.join('\n')).faults.length, 1);
});

test('tokens: they are kept as digests, which do not tell them', () => {
  const { tokens } = parseTokens(`read-only ${reader}`);
  assert.deepEqual(Object.keys(tokens[0] ?? {}), ['access', 'digest']);
  assert.equal(tokens[0]?.digest.length, 32);
});
