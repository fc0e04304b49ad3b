import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { docker, skipContainer } from '../support/container.ts';
import { connectExtended, type Extended } from '../support/extended.ts';
import { run } from '../support/process.ts';
import { until } from '../support/until.ts';

/** The image `p2` as an operator uses it: with a volume, stopped, killed, upgraded. */

const volume = `numstore-test-${randomUUID()}`;
const containers: string[] = [];

before(async () => {
  if (skipContainer === false) await docker('volume', 'create', volume);
});
after(async () => {
  if (skipContainer !== false) return;
  if (containers.length > 0) await docker('rm', '--force', ...containers);
  await docker('volume', 'rm', volume);
});

/** Starts a container on the volume; resolves when it answers. */
async function start(image: string): Promise<{ container: string; nums: Extended }> {
  const store = ['--env', 'NUMSTORE_STORE=lmdb:/data'];
  const container = await docker(
    'run',
    '-d',
    '-p',
    '127.0.0.1::5440',
    '-v',
    `${volume}:/data`,
    ...store,
    image,
  );
  containers.push(container);
  const port = (await docker('port', container, '5440')).split(':').at(-1);
  const nums = connectExtended(`127.0.0.1:${port}`);
  await until(async () => (await nums.stats()).store === 'lmdb', 'an answer');
  return { container, nums };
}

test('container: with a volume it keeps its data over docker stop, docker kill and a new image', {
  skip: skipContainer,
}, async () => {
  const first = await start('p2');
  await first.nums.set('a', 5n);
  first.nums.close();
  await docker('stop', first.container);
  assert.equal(await docker('inspect', '-f', '{{.State.ExitCode}}', first.container), '0');

  const second = await start('p2');
  assert.deepEqual((await second.nums.set('b', 6n)).reply, { total: 11n });
  await docker('kill', second.container);
  second.nums.close();

  // An upgrade is another image on the same volume: this one differs in a label.
  const upgraded = `p2-upgraded-${randomUUID()}`;
  await docker('commit', '--change', 'LABEL upgraded=yes', second.container, upgraded);
  const third = await start(upgraded);
  const { keys, total, revision } = await third.nums.stats();
  assert.deepEqual([keys, total, revision], [2n, 11n, 2n]);
  third.nums.close();
  await docker('rm', '--force', third.container);
  containers.splice(containers.indexOf(third.container), 1);
  await docker('image', 'rm', upgraded);
});

test('container: less memory than the server needs is one line, and it exits 2', {
  skip: skipContainer,
}, async () => {
  const { code, stderr } = await run(['docker', 'run', '--rm', '--memory', '64m', 'p2']);
  assert.equal(code, 2);
  assert.match(stderr, /^The memory limit of this container is 64 MiB: Expected at least 112 MiB\n$/m);
});
