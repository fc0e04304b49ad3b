import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Whether this Node runs TypeScript by itself (from 22.18 on). Before that, sources run only under
 * tsx, whose loader a new thread does not inherit.
 */
export const runsTypeScript = 'typescript' in process.features && Boolean(process.features.typescript);

/** A module that was prepared once, and from which many threads start. */
export interface ThreadProgram {
  /**
   * Starts a thread. `execArgv` is always empty: tsx's flags, inherited, double the start's time.
   *
   * @param options all others go to `Worker` as they are
   */
  start(options?: WorkerOptions): Worker;
}

/** The bundles of this process, by the URL of their entry. */
const bundles = new Map<string, Promise<URL>>();

/**
 * Prepares threads that start from one of our modules: from sources under tsx (Node 20), from
 * sources natively (Node 24), or compiled. A .ts file is bundled once per process. A .js file
 * starts as it is: `npm run build` has bundled the entries that ship.
 *
 * @param file URL of the module
 * @param options.isBundled false for a module that needs grpc-js or a native addon. @default true
 * @throws Error if the module or one of its imports cannot be bundled
 */
export async function prepareThread(
  file: URL,
  { isBundled = true }: { readonly isBundled?: boolean } = {},
): Promise<ThreadProgram> {
  const entry = isBundled && isSource(file) ? await bundleOf(file) : loadable(file);
  return { start: (options) => new Worker(entry, { ...options, execArgv: [] }) };
}

async function bundleOf(file: URL): Promise<URL> {
  // Imported here because the shipped package, which has no .ts files, has no esbuild either.
  const { bundleInMemory } = await import('./bundle.ts');
  const bundle = bundles.get(file.href) ?? bundleInMemory(file);
  bundles.set(file.href, bundle);
  return bundle;
}

/**
 * The entry that a thread can load. Node 20 refuses a .ts file, so the entry is a two-line `data:`
 * module that registers tsx's loader and then imports the file. It cannot resolve package names,
 * hence the absolute URL.
 */
function loadable(file: URL): URL {
  if (!isSource(file) || runsTypeScript) return file;
  const entry = [
    `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))};`,
    `register(); await import(${JSON.stringify(file.href)});`,
  ].join('\n');
  return new URL(`data:text/javascript,${encodeURIComponent(entry)}`);
}

function isSource(file: URL): boolean {
  return file.pathname.endsWith('.ts');
}

/** The module `name` beside the module at `base`, with the extension of `base` (.ts or .js). */
export function siblingModule(name: string, base: string): URL {
  return new URL(`./${name}${base.endsWith('.ts') ? '.ts' : '.js'}`, base);
}
