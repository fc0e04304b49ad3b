/**
 * Bundles the entries of threads with esbuild. Sources and the build load this module; the shipped
 * package never does, so it runs without esbuild.
 */
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, type BuildResult, build, type Metafile, type Plugin, stop } from 'esbuild';

/**
 * Keeps grpc-js out of bundles. A bundle of it breaks at run time: it loads its parts by `require`
 * and finds files by `__dirname`. An import of which nothing is used goes as well: a thread may use
 * the messages of generated code.
 */
const withoutGrpcJs: Plugin = {
  name: 'without-grpc-js',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^@grpc\/grpc-js$/ }, ({ path }) => ({ path, external: true, sideEffects: false })),
};

/** Builds that run now. They share one process of esbuild, which the last one stops. */
let running = 0;

/**
 * Bundles the entry of a thread, a .ts file, for all threads that start from it.
 *
 * @returns a `data:` URL, which leaves nothing behind, even after SIGKILL
 * @throws Error if the entry or one of its imports cannot be bundled
 */
export async function bundleInMemory(file: URL): Promise<URL> {
  // The name that tsc would choose. Stack traces and debuggers show it instead of the `data:` URL,
  // and the map's sources are relative to it.
  const compiled = new URL(file.href.replace(/\.ts$/, '.js'));
  const { outputFiles: [code] = [] } = await bundle(file, {
    outfile: fileURLToPath(compiled),
    write: false,
    sourcemap: 'inline',
    footer: { js: `//# sourceURL=${compiled.href}` },
  });
  if (code === undefined) throw new TypeError(`Expected a bundle of ${file.href}, got none`);
  return new URL(`data:text/javascript;base64,${Buffer.from(code.contents).toString('base64')}`);
}

/**
 * Bundles the entry of a thread, a .ts file, into `outfile`, with its source map beside it.
 *
 * @throws Error if the entry or one of its imports cannot be bundled
 */
export async function bundleInto(outfile: string, file: URL): Promise<void> {
  await bundle(file, { outfile, sourcemap: 'linked' });
}

async function bundle(file: URL, options: BuildOptions): Promise<BuildResult> {
  running += 1;
  try {
    const result = await build({
      ...options,
      entryPoints: [fileURLToPath(file)],
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      // A stack trace needs names and places alone, and each thread decodes this map's bytes.
      sourcesContent: false,
      // Without an extension, esbuild finds the .ts file and, in compiled tests, the .js file.
      inject: [fileURLToPath(new URL('./stack-trace', import.meta.url))],
      plugins: [withoutGrpcJs],
      metafile: true,
      logLevel: 'silent',
    });
    checkImports(file, result.metafile);
    return result;
  } finally {
    running -= 1;
    if (running === 0) await stop();
  }
}

/** Refuses all imports that are left but built-ins, and those too by `require`: ESM has none. */
function checkImports(file: URL, { inputs, outputs }: Metafile): void {
  const left = Object.values(outputs)
    .flatMap(({ imports }) => imports)
    .find(({ path, kind }) => !isBuiltin(path) || kind.startsWith('require'));
  if (left === undefined) return;
  const importers = Object.keys(inputs).filter((input) =>
    inputs[input]?.imports.some(({ path, kind }) => path === left.path && kind === left.kind),
  );
  throw new Error(
    `Expected ${fileURLToPath(file)} to import only built-ins of Node, got the ${left.kind} of ${left.path} ` +
      `in ${importers.join(', ')}: prepare the thread with isBundled: false`,
  );
}
