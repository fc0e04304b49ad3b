import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawBar, openProgress } from '../../../../client/cli/progress.ts';

const recorder = (isTTY: boolean) => {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
};

test('progress: a terminal sees nothing for two seconds, then a line that changes and goes away', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const output = recorder(true);
  let done = 0;
  const line = openProgress(output, () => `${done} done`);
  t.mock.timers.tick(1999);
  assert.deepEqual(output.written, []);
  done = 3;
  t.mock.timers.tick(1);
  done = 5;
  t.mock.timers.tick(200);
  line[Symbol.dispose]();
  t.mock.timers.tick(10_000);
  assert.deepEqual(output.written, ['\r\u001b[K3 done', '\r\u001b[K5 done', '\r\u001b[K']);
});

test('progress: what is no terminal sees nothing', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const output = recorder(false);
  const line = openProgress(output, () => 'never');
  t.mock.timers.tick(10_000);
  line[Symbol.dispose]();
  assert.deepEqual(output.written, []);
});

test('progress: before long blocking work the line is shown at once; before short work only if it is there', () => {
  const output = recorder(true);
  const line = openProgress(output, () => 'converting');
  line.refresh(false);
  assert.deepEqual(output.written, []);
  line.refresh(true);
  line.refresh(false);
  line[Symbol.dispose]();
  assert.deepEqual(output.written, ['\r\u001b[Kconverting', '\r\u001b[Kconverting', '\r\u001b[K']);
});

test('progress: a bar is as long as what is done, and never longer than all', () => {
  assert.equal(drawBar(0, 10, 4), '[....]   0 %');
  assert.equal(drawBar(5, 10, 4), '[##..]  50 %');
  assert.equal(drawBar(10, 10, 4), '[####] 100 %');
  assert.equal(drawBar(11, 10, 4), '[####] 100 %');
  assert.equal(drawBar(0, 0, 4), '[....]   0 %');
});
