import { type Output, run } from './process.ts';

/** Whether there is a container engine, and the image `p2` of the exercise in it: building it is not for a test. */
const engine = await run(['docker', 'image', 'inspect', 'p2'], { guardMs: 20_000 }).catch(() => undefined);

/** Why tests of the container are skipped, or `false` if they are not. */
export const skipContainer: string | false =
  engine?.code === 0
    ? false
    : 'needs a container engine with the image p2 (npm run gen && docker build -t p2 .)';

/** Runs `docker`; fails if it does. */
export async function docker(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr }: Output = await run(['docker', ...args], { guardMs: 120_000 });
  if (code !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}
