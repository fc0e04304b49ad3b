import { after } from 'node:test';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded before every test file. A file whose tests are through, and which something keeps alive, a timer or a server of
 * a failed test say, fails with the kinds of what is left, and does not hold up the whole run. A file that exits before
 * its tests are through fails, whatever its exit code.
 */

/** Ten times what the slowest file needs to close. */
const guardMs = 20_000;

// The runner itself loads this too, and so does each thread that a test starts.
if (isMainThread && process.env['NODE_TEST_CONTEXT'] !== undefined) {
  let isThrough = false;
  after(() => {
    isThrough = true;
    setTimeout(() => {
      console.error(`Still open when all tests were through: ${process.getActiveResourcesInfo().join(', ')}`);
      process.exit(1);
    }, guardMs).unref();
  });
  process.once('exit', (code) => {
    if (isThrough || code !== 0) return;
    console.error('Expected the tests to end, got an exit before');
    process.exitCode = 1;
  });
}
