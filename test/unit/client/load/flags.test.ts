import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../../../client/cli/exit.ts';
import { parseArguments } from '../../../../client/command-line.ts';
import { loadTesterHelp } from '../../../../client/load/flags.ts';

const parse = (words: string) => parseArguments(words.split(' '));
const isExercise = (words: string): unknown => {
  const command = parse(words);
  return command.kind === 'load' && command.isExercise;
};
const defaults = {
  kind: 'load',
  isExercise: false,
  host: '127.0.0.1',
  security: {},
  port: 5440,
  threads: 1,
  connections: 8,
  inFlight: 1,
  rate: null,
  warmupMs: 0,
  durationMs: 10_000,
  requests: null,
  mix: { SetNum: 1, Fact: 1 },
  valueMin: 1,
  valueMax: 15,
  keys: 100,
  distribution: 'uniform',
  seed: undefined,
  deadlineMs: 10_000,
  isTimed: false,
  client: 'light',
  json: undefined,
  csv: undefined,
  html: undefined,
  verify: false,
  isFresh: false,
};

test("arguments: without a flag of the load tester it stays the exercise's run", () => {
  for (const flags of [
    '',
    ' --threads 2 --requests 5 --keys 3 --seed 1 --json f',
    ' --timing',
    ' --client grpc-js',
  ]) {
    assert.equal(isExercise(`5440${flags}`), true);
  }
});

test('arguments: any flag that the help says is of the load tester makes it one', () => {
  const values: Readonly<Record<string, string>> = {
    mix: 'Fact=1',
    values: '3',
    distribution: 'zipf',
    connections: '8',
  };
  const flags = [...loadTesterHelp.matchAll(/^ {2}--(\S+)/gm)].map(([, flag = '']) => flag);
  assert.equal(flags.length, 11);
  for (const flag of flags) assert.equal(isExercise(`5440 --${flag} ${values[flag] ?? '1'}`), false, flag);
  assert.deepEqual(parse('5440 --duration 10s'), defaults);
});

test('arguments: the flags of the load tester', () => {
  const words =
    '7 --host h --threads 2 --connections 4 --in-flight 3 --rate 1000 --warmup 500ms --duration 1.5m --requests 9 ' +
    '--mix setnum=3,FACT=1,GetNum=0 --values -5..5 --keys 9 --distribution zipf --seed 1 --deadline-ms 7 --timing ' +
    '--json a --csv b --html c';
  assert.deepEqual(parse(words), {
    ...defaults,
    ...{
      host: 'h',
      security: {},
      port: 7,
      threads: 2,
      connections: 4,
      inFlight: 3,
      rate: 1000,
      warmupMs: 500,
      durationMs: 90_000,
    },
    ...{ requests: 9, mix: { SetNum: 3, Fact: 1, GetNum: 0 }, valueMin: -5, valueMax: 5, keys: 9 },
    ...{ distribution: 'zipf', seed: 1, deadlineMs: 7, isTimed: true, json: 'a', csv: 'b', html: 'c' },
  });
});

test('arguments: with --requests alone a run has no end in time; more threads have more connections', () => {
  assert.deepEqual(parse('5440 --requests 5 --in-flight 2'), {
    ...defaults,
    requests: 5,
    durationMs: null,
    inFlight: 2,
  });
  assert.deepEqual(parse('5440 --threads 16 --rate 5'), {
    ...defaults,
    threads: 16,
    connections: 16,
    rate: 5,
  });
});

test('arguments: compare takes two files', () => {
  assert.deepEqual(parse('compare a.json b.json --html c'), {
    kind: 'compare',
    a: 'a.json',
    b: 'b.json',
    json: false,
    html: 'c',
  });
});

for (const [words, fault] of [
  ['5440 --duration 0', /^--duration: expected a time up to 24h/],
  ['5440 --duration 5d', /^--duration: .*got "5d"/],
  ['5440 --warmup -1', /^--warmup:/],
  ['5440 --rate 0', /^--rate: expected a whole number from 1 /],
  ['5440 --mix Set=1', /^--mix: expected NAME=WEIGHT,\.\.\. of SetNum, Fact, /],
  ['5440 --mix SetNum=0', /^--mix:/],
  ['5440 --mix Fact=1,Fact=2', /^--mix:/],
  ['5440 --mix Fact=1001', /^--mix:/],
  ['5440 --values 5..1', /^--values:/],
  ['5440 --values a', /^--values:/],
  ['5440 --distribution normal', /^--distribution: expected uniform or zipf, got "normal"$/],
  ['5440 --connections 2 --threads 3', /^--connections: expected at least one for each thread, 3, got 2$/],
  [
    '5440 --connections 1001 --in-flight 1000',
    /^--connections x --in-flight: expected at most 1000000 calls/,
  ],
  ['5440 --html', /^--html: expected the name of a file/],
  ['5440 --rate 5 --bytes f', /^--bytes: unknown flag$/],
  ['compare a.json', /^FILE FILE: expected two files/],
  ['compare a b c', /^"c": expected nothing after/],
  ['compare a b --rate 5', /^--rate: unknown flag$/],
] as const) {
  test(`arguments: "${words}" is refused, saying what was expected`, () => {
    assert.throws(
      () => parse(words),
      (error) =>
        error instanceof UsageError && error.faults.length === 1 && fault.test(error.faults[0] ?? ''),
    );
  });
}
