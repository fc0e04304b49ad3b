import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * `npm run bench [-- NAME ... [FLAGS]]`: runs these benchmarks, or all, one after the other, each with the flags; each
 * file also runs alone.
 */

const names = [
  'factorial',
  'tail',
  'pool',
  'stores',
  'memory',
  'grpc-stores',
  'transport',
  'generator',
  'overload',
  'exercise',
  'choices',
] as const;

const words = process.argv.slice(2);
const firstFlag = words.findIndex((word) => word.startsWith('--'));
const asked = firstFlag === -1 ? words : words.slice(0, firstFlag);
const flags = words.slice(asked.length);
const unknown = asked.filter((name) => !names.some((known) => known === name));
if (unknown.length > 0) {
  console.error(`Expected names among ${names.join(', ')}, got ${unknown.join(', ')}`);
  process.exit(2);
}
for (const name of asked.length > 0 ? asked : names) {
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const bench = spawn(process.execPath, ['--import', 'tsx', file, ...flags], { stdio: 'inherit' });
  const [code] = await once(bench, 'exit');
  // A bad flag stays a bad flag, exit code 2.
  if (code !== 0) process.exitCode = code === 2 ? 2 : 1;
}
