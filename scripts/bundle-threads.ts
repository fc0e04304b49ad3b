/**
 * Bundles the entries of threads in dist/, each over the file that tsc made: a thread loads one
 * file faster than many. The entries that need grpc-js stay as they are.
 */
import { fileURLToPath } from 'node:url';
import { bundleInto } from '../thread/bundle.ts';

const entries = ['server/pool/worker', 'client/load/run/worker'];

for (const entry of entries) {
  const outfile = fileURLToPath(new URL(`../dist/${entry}.js`, import.meta.url));
  await bundleInto(outfile, new URL(`../${entry}.ts`, import.meta.url));
}
