// Says in one line what is missing before a script of package.json starts. Plain JavaScript, in the
// words of old versions of Node: it runs where nothing is installed, and where Node is too old.
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');

/** The versions of `engines` in package.json. */
function isSupported(version) {
  const [major, minor] = version.split('.').map(Number);
  return (major === 20 && minor >= 19) || (major === 22 && minor >= 3) || major > 22;
}

function findFault() {
  const { node } = process.versions;
  if (!isSupported(node))
    return `Expected Node 20.19 or newer, or 22.3 or newer, got ${node}: install it, then run npm ci`;
  // `npm run gen` installs what it needs itself
  if (process.argv.includes('--node-only')) return undefined;
  const isInstalled = existsSync(join(__dirname, '..', 'node_modules', 'tsx'));
  return isInstalled ? undefined : 'Expected the packages in node_modules, got none: run npm ci';
}

const fault = findFault();
if (fault !== undefined) {
  console.error(`numstore: ${fault}`);
  process.exit(1);
}
