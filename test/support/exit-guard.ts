import { after } from 'node:test';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded before every test file: one whose tests are all through, and which something keeps alive, a timer or a server of
 * a failed test say, fails with the kinds of what is left, and does not hold up the whole run.
 */

/** Ten times what the slowest needs to let go. */
const guardMs = 20_000;

// The runner itself loads this too, and so does each thread that a test starts.
if (isMainThread && process.env['NODE_TEST_CONTEXT'] !== undefined) {
  after(() => {
    setTimeout(() => {
      console.error(`Still open when all tests were through: ${process.getActiveResourcesInfo().join(', ')}`);
      process.exit(1);
    }, guardMs).unref();
  });
}
