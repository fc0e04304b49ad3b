import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Whether this Node runs TypeScript by itself (from 22.18 on). Before that, sources run only under tsx, whose
 * loader a new thread does not inherit.
 */
export const runsTypeScript = 'typescript' in process.features && Boolean(process.features.typescript);

/**
 * Starts a thread from one of our modules, whichever way we run: as sources under tsx (Node 20), as sources
 * natively (Node 24), or compiled.
 *
 * Node 20 refuses a .ts file as the entry of a thread, so there the entry is a two-line `data:` module that
 * registers tsx's loader and then imports the file. It cannot resolve package names, hence the absolute URL.
 *
 * @param file URL of the module
 * @param options passed on to `Worker` as they are
 */
export function startThread(file: URL, options: WorkerOptions = {}): Worker {
  if (!file.pathname.endsWith('.ts') || runsTypeScript) return new Worker(file, options);
  const entry = [
    `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))};`,
    `register(); await import(${JSON.stringify(file.href)});`,
  ].join('\n');
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(entry)}`), options);
}

/** The sibling module `name` of the module at `base`, with the extension that `base` has itself (.ts or .js). */
export function siblingModule(name: string, base: string): URL {
  return new URL(`./${name}${base.endsWith('.ts') ? '.ts' : '.js'}`, base);
}

export interface ThreadProgram {
  start(options?: WorkerOptions): Worker;
}
export async function prepareThread(file: URL, _options: { isBundled?: boolean } = {}): Promise<ThreadProgram> {
  return { start: (options = {}) => startThread(file, options) };
}
