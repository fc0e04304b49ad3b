/**
 * Names the .ts files in the stack traces of a bundle. esbuild injects this module into each one.
 *
 * The hot path pays nothing: V8 formats a stack on the first access of `error.stack`, and only then
 * is the map read. Node's own support (`process.setSourceMapsEnabled`) parses each map while the
 * module loads, which costs half of a thread's start: docs/decisions/020-bundled-threads.md.
 */
import type { SourceMap } from 'node:module';

let map: SourceMap | undefined;

Error.prepareStackTrace = (error, frames) =>
  [Error.prototype.toString.call(error), ...frames.map((frame) => `    at ${describe(frame)}`)].join('\n');

/** The frame as V8 prints it; a place in the bundle becomes the place in the source. */
function describe(frame: NodeJS.CallSite): string {
  const text = String(frame);
  if (frame.getFileName() !== import.meta.url) return text;
  const bundle = frame.getScriptNameOrSourceURL() ?? import.meta.url;
  const [line, column] = [frame.getLineNumber() ?? 0, frame.getColumnNumber() ?? 0];
  const place = originOf(bundle, line, column);
  return place === undefined ? text : text.replace(`${bundle}:${line}:${column}`, () => place);
}

function originOf(bundle: string, line: number, column: number): string | undefined {
  try {
    map ??= readMap();
    const origin = map.findEntry(line - 1, column - 1);
    if (!('originalSource' in origin)) return undefined;
    const source = new URL(origin.originalSource, bundle).href;
    return `${source}:${origin.originalLine + 1}:${origin.originalColumn + 1}`;
  } catch {
    // A lost or broken map must not hide the error whose stack is read.
    return undefined;
  }
}

/** The bundle's map: at the end of a `data:` URL's code, or in the file beside the bundle. */
function readMap(): SourceMap {
  // Imports would load both modules, and what they load, at the start of each thread.
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const { SourceMap } = process.getBuiltinModule('node:module');
  const isInline = import.meta.url.startsWith('data:');
  const json = isInline
    ? decoded(decoded(import.meta.url))
    : readFileSync(new URL(`${import.meta.url}.map`), 'utf8');
  return new SourceMap(JSON.parse(json));
}

/** Decodes a base64 `data:` URL, or the one that ends a text. */
function decoded(text: string): string {
  return Buffer.from(text.slice(text.lastIndexOf(',') + 1), 'base64').toString();
}
