import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClosedStreams, Ending } from '../../../transport/http2/closed-streams.ts';

test('closed streams: the ending of the latest 512 streams is known, and of older ones nothing', () => {
  const closed = new ClosedStreams();
  assert.equal(closed.endingOf(1), Ending.unknown);
  for (let id = 1; id < 1_025; id += 2) closed.add(id, id % 3 === 0 ? Ending.resetByUs : Ending.complete);
  assert.equal(closed.endingOf(1), Ending.complete);
  assert.equal(closed.endingOf(3), Ending.resetByUs);
  closed.add(1_025, Ending.resetByPeer);
  assert.equal(closed.endingOf(1_025), Ending.resetByPeer);
  assert.equal(closed.endingOf(1), Ending.unknown);
  assert.equal(closed.endingOf(1_023), Ending.resetByUs);
});
