import { after } from 'node:test';

/**
 * Imported by what opens connections or starts processes: a test file whose tests are all through, and which something
 * keeps alive, a server of a failed test say, fails with the kinds of what is left, and does not hold up the whole run.
 */

/** Ten times what the slowest needs to let go. */
const guardMs = 20_000;

if (process.env['NODE_TEST_CONTEXT'] !== undefined) {
  after(() => {
    setTimeout(() => {
      console.error(`Still open when all tests were through: ${process.getActiveResourcesInfo().join(', ')}`);
      process.exit(1);
    }, guardMs).unref();
  });
}
